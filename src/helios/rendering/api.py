"""The Python API: ``helios.render``, ``helios.plan``, ``helios.frames``, ``helios.inspect``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from helios.executors.pool import WorkerPool
from helios.model.composition import Composition
from helios.model.facts import CompositionFacts
from helios.model.progress import ProgressListener
from helios.planning.planner import RenderPlan, plan_render
from helios.rendering.find import find_composition
from helios.rendering.in_process import in_process_renderer, open_frames, python_composition
from helios.rendering.orchestrator import (
    Cancellation,
    Options,
    RenderOrchestrator,
    RenderResult,
    inspect_in,
    read_options,
)

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
    **values: Any,
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
    if not isinstance(composition, str | Path | Composition):
        target = python_composition(composition)
        renderer, facts, asked = in_process_renderer(composition, read_options(options, values))
        return RenderOrchestrator.render(
            target, output, asked, on_progress=on_progress, cancellation=cancellation,
            renderer=renderer, facts=facts,
        )  # fmt: skip
    return RenderOrchestrator.render(
        _found(composition), output, options,
        on_progress=on_progress, cancellation=cancellation, **values,
    )  # fmt: skip


def plan(
    composition: str | Path | Composition,
    output: str | Path,
    options: Options = None,
    **values: Any,
) -> RenderPlan:
    """Inspect a composition and decide its render, without rendering.

    Raises:
        HeliosError: it cannot be loaded, or the options cannot be carried out.
    """
    asked, found = read_options(options, values), _found(composition)
    return plan_render(found, Path(output), asked, inspect(found, asked))


def inspect(
    composition: str | Path | Composition, options: Options = None, **values: Any
) -> CompositionFacts:
    """Look once at a composition: what it declares, its sounds, how it will be captured.

    Raises:
        HeliosError: it cannot be loaded.
    """
    pool = WorkerPool()
    try:
        with TemporaryDirectory(prefix="helios-") as folder:
            asked = read_options(options, values)
            return inspect_in(pool, _found(composition), asked, Path(folder))
    finally:
        pool.close()


def frames(
    composition: Drawable, options: Options = None, **values: Any
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
        target: Any = composition
        if isinstance(composition, str | Path):
            target = _found(composition)
        yield from open_frames(stack, target, read_options(options, values))


def _found(composition: str | Path | Composition) -> Composition:
    if isinstance(composition, Composition):
        return composition
    return find_composition(str(composition), Path.cwd())
