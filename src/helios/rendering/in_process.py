"""Compositions that exist only in this process: drawn here, in one chunk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from helios.drawing.host import CompositionHost, python_facts, python_source
from helios.executors.call import ChunkCall, RunListener
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions
from helios.model.picture import PixelFormat
from helios.model.resolved import ResolvedFrames
from helios.planning.resolve import check_transparency, resolve_frames
from helios.rendering.local import Renderer
from helios.rendering.prepare import requested

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from helios.sources.source import FrameSource


def python_composition(target: object) -> Composition:
    """A composition object by name; the name is for messages and digests only."""
    module = getattr(target, "__module__", "") or type(target).__module__
    name = getattr(target, "__qualname__", type(target).__qualname__)
    return Composition(kind=CompositionKind.PYTHON, location=f"{module}:{name}")


def in_process_renderer(
    target: object, options: RenderOptions
) -> tuple[Renderer, CompositionFacts, RenderOptions]:
    """What renders an object of this process: (renderer, facts, options for one chunk).

    Its code cannot be digested, so nothing of it is resumed.
    """
    from helios.drawing.chunks import render_chunks

    composition = python_composition(target)
    with CompositionHost() as host:
        facts = _facts_at_hand(host, target, options)
    unresumable = replace(
        facts,
        undigested=(composition.location,),
        warnings=(
            "the composition lives in this process only: one chunk, not resumable",
            *facts.warnings,
        ),
    )
    resolved = resolve_frames(composition.kind, options, unresumable)

    def render(call: ChunkCall, listener: RunListener) -> None:
        with CompositionHost() as host:
            source = host.finished(lambda draw: python_source(target, draw), call.draw)
            render_chunks(call, call.chunks, source, listener)

    one_chunk = options.changed(concurrency=None, chunk_frames=resolved.frame_count)
    return render, unresumable, one_chunk


def _facts_at_hand(
    host: CompositionHost, target: object, options: RenderOptions
) -> CompositionFacts:
    return host.with_covers(python_facts(python_composition(target), target, None), options)


def open_frames(
    stack: ExitStack, target: Any, options: RenderOptions
) -> Iterator[NDArray[np.uint8]]:
    """Draw a composition's frames as RGB arrays; what was opened is closed with ``stack``.

    Raises:
        HeliosError: it cannot be loaded, or a frame cannot be drawn.
    """
    from helios.sources.rgb import to_rgb

    source, resolved, _ = open_source(stack, target, options)
    stack.callback(source.close)
    for picture in source.frames(resolved.start_frame, resolved.frame_count):
        yield to_rgb(picture)


def open_source(
    stack: ExitStack,
    target: Any,
    options: RenderOptions,
    *,
    format: PixelFormat = PixelFormat.YUV420P,  # noqa: A002 - as in Picture
) -> tuple[FrameSource, ResolvedFrames, CompositionFacts]:
    """What draws a composition in this process, what was decided, and its facts.

    ``format`` is what frames are wanted in, where the source has a choice.

    Raises:
        HeliosError: it cannot be loaded, or the options do not fit.
    """
    if not isinstance(target, Composition):
        host = stack.enter_context(CompositionHost())
        _, options = requested(python_composition(target), options, Path.cwd())
        facts = _facts_at_hand(host, target, options)
        resolved = resolve_frames(CompositionKind.PYTHON, options, facts)
        source = host.finished(lambda draw: python_source(target, draw), resolved.draw)
        return source, resolved, facts
    host, resolved, facts = open_host(stack, target, options)
    return host.open_source(facts.composition, resolved.draw, facts, format=format), resolved, facts


def open_host(
    stack: ExitStack, composition: Composition, options: RenderOptions
) -> tuple[CompositionHost, ResolvedFrames, CompositionFacts]:
    """What opens a composition in this process as often as wanted, what was decided, its facts.

    Raises:
        HeliosError: it cannot be loaded, or the options do not fit.
    """
    composition, options = requested(composition, options, Path.cwd())
    check_transparency(composition.kind, options)
    host = stack.enter_context(CompositionHost())
    folder = stack.enter_context(TemporaryDirectory(prefix="helios-"))
    facts = host.inspect(composition, options, Path(folder))
    return host, resolve_frames(composition.kind, options, facts), facts
