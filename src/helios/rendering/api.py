"""The Python API: ``helios.render``, ``helios.plan``, ``helios.frames``, ``helios.inspect``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Unpack

from helios.executors.pool import WorkerPool
from helios.model.composition import Composition, within
from helios.model.facts import CompositionFacts
from helios.model.keywords import RenderKeywords
from helios.model.options import RenderOptions, props_files
from helios.model.progress import ProgressListener
from helios.model.timebase import parse_seconds
from helios.planning.planner import RenderPlan
from helios.rendering.cancellation import Cancellation
from helios.rendering.find import find_composition
from helios.rendering.in_process import in_process_renderer, open_frames, python_composition
from helios.rendering.local import check_not_input
from helios.rendering.look import look, planned, with_sounds
from helios.rendering.orchestrator import (
    Options,
    RenderOrchestrator,
    RenderResult,
    read_options,
)
from helios.rendering.prepare import prepare_plan, requested

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Drawable = str | Path | Composition | Callable[..., Any] | object
"""A path, URL, template or ``module:object``; or a Python composition itself."""


def render(
    composition: Drawable,
    output: str | Path,
    options: Options = None,
    *,
    on_progress: ProgressListener | None = None,
    cancellation: Cancellation | None = None,
    **values: Unpack[RenderKeywords],
) -> RenderResult:
    """Render a composition to a film.

    Args:
        composition: a path, URL, template, ``module:object``, or a callable ``draw(frame)`` that
            returns arrays (H, W, 3) uint8.
        output: the film; its suffix chooses the container.
        options: a ``RenderOptions`` or a dict; keywords override single options.
        on_progress: called with ``Progress`` from 0 to exactly 1.
        cancellation: stops the render from another thread.

    Raises:
        HeliosError: with what failed and, in ``hint``, what to do.
        Cancelled: stopped on request; finished chunks are kept.

    Example:
        >>> import numpy as np, helios
        >>> def draw(frame):
        ...     return np.full((64, 64, 3), frame * 8, np.uint8)
        >>> result = helios.render(draw, "fade.mp4", width=64, height=64, frame_count=30)
        >>> result.frame_count
        30
    """
    asked = read_options(options, values)
    _check_not_props(output, options, values)
    if not isinstance(composition, str | Path | Composition):
        target = python_composition(composition)
        renderer, facts, asked = in_process_renderer(composition, asked)
        return RenderOrchestrator.render(
            target,
            output,
            asked,
            on_progress=on_progress,
            cancellation=cancellation,
            renderer=renderer,
            facts=facts,
        )
    return RenderOrchestrator.render(
        composition,
        output,
        asked,
        on_progress=on_progress,
        cancellation=cancellation,
    )


def plan(
    composition: str | Path | Composition,
    output: str | Path,
    options: Options = None,
    **values: Unpack[RenderKeywords],
) -> RenderPlan:
    """Inspect a composition and decide its render, without rendering.

    Raises:
        HeliosError: it cannot be loaded, or the options cannot be carried out.
    """
    prepared = prepare_plan(composition, Path(output), read_options(options, values), Path.cwd())
    with _looking() as (pool, sounds):
        return planned(prepared, pool, sounds)


def inspect(
    composition: str | Path | Composition, options: Options = None, **values: Unpack[RenderKeywords]
) -> CompositionFacts:
    """Look once at a composition: what it declares, its sounds, how it will be captured.

    Raises:
        HeliosError: it cannot be loaded.
    """
    found, asked = requested(composition, read_options(options, values), Path.cwd())
    with _looking() as (pool, sounds):
        facts = look(pool, found, asked, sounds)
        return with_sounds(facts, asked, sounds)


@contextmanager
def _looking() -> Iterator[tuple[WorkerPool, Path]]:
    """A pool, and a folder for sounds, for as long as something is looked at."""
    with WorkerPool() as pool, TemporaryDirectory(prefix="helios-") as folder:
        yield pool, Path(folder)


def frames(
    composition: Drawable, options: Options = None, **values: Unpack[RenderKeywords]
) -> Iterator[NDArray[np.uint8]]:
    """Draw the frames of a composition: arrays (H, W, 3) uint8, sRGB.

    Each array is yours to keep.

    Raises:
        HeliosError: it cannot be loaded, or a frame cannot be drawn.

    Example:
        >>> import numpy as np, helios
        >>> def draw(frame):
        ...     return np.full((2, 2, 3), frame, np.uint8)
        >>> [int(f[0, 0, 0]) for f in helios.frames(draw, width=2, height=2, frame_count=3)]
        [0, 1, 2]
    """
    with ExitStack() as stack:
        asked = read_options(options, values)
        target: Any = composition
        if isinstance(composition, str | Path | Composition):
            target = _found(composition, asked)
        yield from open_frames(stack, target, asked)


def still(
    composition: Drawable,
    output: str | Path | None = None,
    options: Options = None,
    *,
    at: str | float = 0,
    frame: int | None = None,
    **values: Unpack[RenderKeywords],
) -> NDArray[np.uint8]:
    """Draw one frame of a composition, or read one from a film, and write it if ``output`` is
    named: .png, .jpg or .webp.

    Args:
        composition: as for ``render``, or a film's path.
        output: the image.
        options: a ``RenderOptions`` or a dict; keywords override single options.
        at: the second to show.
        frame: the frame to show, counted from 0, instead.

    Returns:
        (H, W, 3), or (H, W, 4) with straight alpha if the frame is transparent.

    Raises:
        HeliosError: it cannot be loaded or drawn, or the film has no such moment.
    """
    from helios.rendering.stills import Moment, check_image, take_still, write_image

    asked = read_options(options, values)
    if output is not None:
        check_image(Path(output), transparent=asked.transparent)
        _check_not_props(output, options, values)
    moment = Moment(frame=frame, at_s=parse_seconds(at, "at"))
    target, image = _still_target(composition, asked), None if output is None else Path(output)
    pixels = take_still(target, moment, asked, image=image).pixels
    if image is not None:
        write_image(image, pixels)
    return pixels


def sheet(
    composition: Drawable,
    output: str | Path | None = None,
    options: Options = None,
    *,
    count: int = 12,
    columns: int = 4,
    frame_width: int = 320,
    **values: Unpack[RenderKeywords],
) -> NDArray[np.uint8]:
    """Draw a contact sheet of a composition or a film: ``count`` frames, first and last included,
    ``frame_width`` pixels wide each, with their times.

    Raises:
        HeliosError: it cannot be loaded or drawn.
    """
    from helios.rendering.stills import check_image, take_sheet, write_image

    if output is not None:
        check_image(Path(output), transparent=False)
        _check_not_props(output, options, values)
    asked = read_options(options, values)
    image = None if output is None else Path(output)
    picture, _ = take_sheet(
        _still_target(composition, asked),
        asked,
        count=count,
        columns=columns,
        width=frame_width,
        image=image,
    )
    if image is not None:
        write_image(image, picture)
    return picture


def _check_not_props(output: str | Path, options: Options, values: RenderKeywords) -> None:
    given = {} if isinstance(options, RenderOptions) else options or {}
    check_not_input(Path(output), props_files({**given, **values}))


def _still_target(composition: Drawable, options: RenderOptions) -> Any:
    from helios.rendering.stills import find_film

    if not isinstance(composition, str | Path | Composition):
        return composition
    if not isinstance(composition, Composition) and (
        film := find_film(str(composition), Path.cwd())
    ):
        return film
    return _found(composition, options)


def _found(composition: str | Path | Composition, options: RenderOptions) -> Composition:
    if isinstance(composition, Composition):
        return within(composition, options.root, Path.cwd())
    return find_composition(str(composition), Path.cwd(), options.root)
