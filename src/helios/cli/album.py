"""``helios render --album``: a film for each track, and one of all."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from helios.cli.display import Display
from helios.cli.export import make_film
from helios.cli.signals import Interruption
from helios.errors import Cancelled
from helios.executors.engine import Engine
from helios.media.album import read_album
from helios.model.options import RenderOptions
from helios.rendering.album import album_films, join_album, other_films
from helios.rendering.cancellation import Cancellation
from helios.rendering.note import forget_note
from helios.rendering.orchestrator import RenderOrchestrator
from helios.rendering.pipeline import ExportPipeline
from helios.version import __version__


def make_album(
    place: Path,
    composition: str,
    output: Path | None,
    options: RenderOptions,
    display: Display,
    engine: Engine | None = None,
) -> None:
    """Make the films of an album, and say what came of each.

    Films of tracks that an earlier, interrupted run finished are kept.

    Raises:
        OptionError: the album cannot be read, or an option does not go with one.
        HeliosError: a film cannot be made; those before it are kept.
        Cancelled: interrupted.
    """
    started = time.monotonic()
    films = album_films(read_album(place), composition, output, options)
    (films.output.with_suffix("")).mkdir(parents=True, exist_ok=True)
    pipeline = ExportPipeline(render=partial(RenderOrchestrator.render, engine=engine))
    parts = [make_film(config, pipeline, display).output_path for config in films.configs]
    cancellation = Cancellation()
    try:
        with Interruption(cancellation):
            result = join_album(films, parts, display.progress, cancellation)
    except (KeyboardInterrupt, Cancelled):
        raise Cancelled(hint="Run the same command again: the films of tracks are kept.") from None
    for part in parts:
        forget_note(part)
    if others := other_films(films):
        names = ", ".join(path.name for path in others)
        display.warn(
            f"{others[0].parent}/ also holds films of no track of this album: {names}; "
            "delete them if they are of how it was before"
        )
    display.made(
        films.output,
        frames=result.frame_count,
        seconds=time.monotonic() - started,
        duration_s=float(result.duration_s),
        note=f", {len(parts)} track{'s' if len(parts) > 1 else ''}",
        version=__version__,
    )
