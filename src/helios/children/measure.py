"""Find out what a film would take on this machine."""

from __future__ import annotations

from helios.executors.call import FilmCosts, MeasureCall, Reply
from helios.model.export import ExportConfig
from helios.planning.simulate import expected
from helios.process.cores import available_cores
from helios.rendering.find import find_composition
from helios.rendering.measure import measured
from helios.rendering.orchestrator import workers_of


def measure(call: MeasureCall) -> Reply:
    """Draw, encode and join stretches of it; nothing of that stays.

    Raises:
        HeliosError: it cannot be planned or drawn.
    """
    config = ExportConfig.read(call.config)
    composition = find_composition(config.composition, call.folder, config.options.root)
    film = call.folder / (config.output or "film.mp4")
    plan, costs = measured(composition, film, config.options, base=call.folder)
    frames = plan.total_frames
    if config.longest_s is not None:
        frames = min(frames, int(config.longest_s * plan.fps))
    found = expected(costs, frames, workers_of(plan).count, available_cores())
    return Reply(
        event="done",
        costs=FilmCosts(
            frames=frames,
            duration=float(frames / plan.fps),
            seconds=found.seconds,
            film_bytes=found.film_bytes,
        ),
    )
