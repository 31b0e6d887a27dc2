"""``helios benchmark``: how fast this machine makes films."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal, get_args

from cyclopts import Parameter

from helios.agents.events import BenchmarkEvent
from helios.cli.display import Display
from helios.cli.flags import JsonEvents, Quiet
from helios.errors import HeliosError
from helios.model.options import RenderOptions
from helios.starters import copy_starter, load_starter

Kind = Literal["page", "scene", "python"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FILM = {"width": 1280, "height": 720, "fps": 30, "duration": 20}


def command(
    *,
    only: Annotated[Kind | None, Parameter(help="one kind of film; all of them by default")] = None,
    json: JsonEvents = False,
    quiet: Quiet = False,
) -> int:
    """Say how fast this machine makes films: of a page, of a scene and of a Python function.

    helios benchmark

    helios benchmark --only page --json

    Stretches of films of 20 s in 720p are drawn, encoded and joined. What else the machine does
    meanwhile makes it slower. Exit code 1: a kind of film cannot be made here.
    """
    failed = 0
    with Display(as_json=json, quiet=quiet) as display:
        for kind in KINDS if only is None else (only,):
            try:
                _tell(kind, display)
            except HeliosError as error:
                failed += 1
                display.warn(f"{kind}: {error.message}. {error.hint}")
        display.result(
            "What this machine lacks: helios doctor. More machines: helios plan --simulate."
        )
    return 1 if failed else 0


def _tell(kind: Kind, display: Display) -> None:
    from helios.planning.simulate import duration, expected
    from helios.process.cores import available_cores
    from helios.rendering.find import find_composition
    from helios.rendering.measure import measured
    from helios.rendering.orchestrator import workers_of

    with TemporaryDirectory(prefix="helios-") as folder:
        starter = load_starter(kind)
        copy_starter(starter, Path(folder) / kind)
        words = starter.render_words(Path(folder) / kind)[2:]
        composition = find_composition(words[0], Path(folder))
        sound = next((words[n + 1] for n, word in enumerate(words) if word == "--audio"), None)
        options = RenderOptions.read({**FILM, **({"audio": sound} if sound else {})})
        plan, costs = measured(composition, Path(folder) / "film.mp4", options)
    workers = workers_of(plan)
    found = expected(costs, plan.total_frames, workers.count, available_cores())
    renderer = plan.facts.browser.renderer if plan.facts and plan.facts.browser else ""
    display.event(
        BenchmarkEvent(
            kind=kind,
            fps=round(plan.total_frames / found.seconds, 2),
            look_seconds=round(costs.look_s, 3),
            start_seconds=round(costs.start_s, 3),
            frame_seconds=round(costs.frame_s, 5),
            join_seconds=round(costs.finish_s, 6),
            workers=workers.count,
            limit=workers.reason,
            memory_bytes=found.memory_bytes,
            renderer=renderer,
        )
    )
    display.result(
        f"{kind:7} {plan.total_frames / found.seconds:6.1f} fps: a film of 20 s in "
        f"{duration(found.seconds)}; look {costs.look_s:.1f} s, start {costs.start_s:.1f} s, "
        f"a frame {costs.frame_s * 1000:.1f} ms, to join it {costs.finish_s * 1000:.2f} ms; "
        f"{workers.count} at once ({workers.reason}), {found.memory_bytes / 1e6:.0f} MB"
        + (f"; drawn by {renderer}" if renderer else "")
    )
