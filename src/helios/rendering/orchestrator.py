"""From a composition to a film: inspect, plan, render, join."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from helios.errors import Cancelled, OptionError, OutputNotWritable, UnknownFormatError
from helios.executors.call import InspectCall
from helios.executors.pool import WorkerPool
from helios.files.hold import reserved, sweep, temporary_folder
from helios.files.names import is_text
from helios.model.composition import Composition, CompositionKind, name_composition, within
from helios.model.facts import CompositionFacts
from helios.model.formats import CONTAINERS
from helios.model.keywords import RenderKeywords
from helios.model.options import RenderOptions
from helios.model.progress import ProgressListener
from helios.planning.planner import RenderPlan, plan_render
from helios.planning.resolve import check_formats, resolve_frames
from helios.planning.workers import Workers, choose_workers, worker_bytes
from helios.process.cores import available_cores
from helios.process.memory import memory_limit_bytes
from helios.rendering.film import make_film, prepare_film
from helios.rendering.local import (
    Renderer,
    check_not_input,
    clean_up,
    make_folder,
    pool_renderer,
    render_missing,
    work_folder,
)
from helios.rendering.progress import ProgressMeter
from helios.rendering.sounds import check_tracks, with_mixed_sounds
from helios.rendering.spherical import is_spherical
from helios.rendering.stillness import stillness_warnings
from helios.rendering.subtitles import check_subtitles, with_absolute_subtitles

Options = RenderOptions | dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderResult:
    """What came of a render."""

    output_file: Path
    frame_count: int
    duration_s: float
    seconds: float
    rendered_chunks: tuple[int, ...]
    """Ids of the chunks rendered now; the others were finished before."""
    plan: RenderPlan
    warnings: tuple[str, ...] = ()
    """What only the finished pictures show."""


class Cancellation:
    """Stops a render from another thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._actions: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Stop as soon as can be; finished chunks are kept."""
        self._event.set()
        for action in tuple(self._actions):
            action()

    @property
    def is_cancelled(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._event.is_set()

    def when_cancelled(self, action: Callable[[], None]) -> None:
        """Call ``action`` on cancellation, at once if it has been."""
        self._actions.append(action)
        if self.is_cancelled:
            action()


class RenderOrchestrator:
    """Plans and renders. Planning is pure; rendering does what was planned."""

    @staticmethod
    def plan(
        composition: str | Path | Composition,
        output: str | Path,
        options: Options = None,
        *,
        facts: CompositionFacts | None = None,
        beside_output: bool = False,
        **values: Unpack[RenderKeywords],
    ) -> RenderPlan:
        """Decide a render from options and facts alone; nothing is opened.

        Raises:
            OptionError: options that cannot be carried out.
            UnknownFormatError: a codec or container we do not have, or that do not fit.

        Example:
            >>> plan = RenderOrchestrator.plan(
            ...     "page.html", "film.mp4", fps=30, duration=10, concurrency=4
            ... )
            >>> [(chunk.start_frame, chunk.frame_count) for chunk in plan.chunks]
            [(0, 75), (75, 75), (150, 75), (225, 75)]
        """
        asked = read_options(options, values)
        return plan_render(
            as_composition(composition, asked),
            Path(output),
            asked,
            facts,
            beside_output=beside_output,
        )

    @staticmethod
    def render(
        composition: str | Path | Composition,
        output: str | Path,
        options: Options = None,
        *,
        facts: CompositionFacts | None = None,
        on_progress: ProgressListener | None = None,
        on_plan: Callable[[RenderPlan], None] = lambda _: None,
        cancellation: Cancellation | None = None,
        renderer: Renderer | None = None,
        **values: Unpack[RenderKeywords],
    ) -> RenderResult:
        """Make the film: inspect, plan, render what is missing, join, mix.

        Args:
            composition: a path, URL, template or ``module:object``.
            output: the film; its suffix chooses the container.
            options: render options; ``values`` override single ones.
            facts: skip inspection and believe these.
            on_progress: told of every step, from 0 to exactly 1.
            on_plan: told what will be made before it is made.
            cancellation: stops the render from another thread.
            renderer: renders one chunk; guarded processes by default.

        Raises:
            HeliosError: with what failed and what to do.
            Cancelled: stopped on request; finished chunks are kept.
        """
        started = time.monotonic()
        film, asked = Path(output), read_options(options, values)
        cancellation = cancellation or Cancellation()
        target = as_composition(composition, asked)
        check_output(film, asked)
        check_formats(target.kind, film, asked)
        asked = with_absolute_subtitles(asked, Path.cwd())
        check_subtitles(asked)
        check_tracks(asked.audio)
        _check_not_read(film, target, asked, None)
        with ExitStack() as stack:
            # The images of a folder are reserved in it: it may be all that can be written.
            stack.enter_context(reserved(film if asked.frames is None else film / "frames"))
            home = (film if asked.frames else film.parent).absolute()
            sweep(home)
            pool = WorkerPool()
            stack.callback(pool.close)
            cancellation.when_cancelled(pool.cancel)
            if facts is None and renderer is None:
                sounds = stack.enter_context(temporary_folder(home))
                facts = inspect_in(pool, target, asked, sounds)
            _check_not_read(film, target, asked, facts)
            plan = plan_render(target, film, asked, facts)
            on_plan(plan)
            prepare_film()
            stack.enter_context(work_folder(plan.work_folder))
            meter = ProgressMeter(plan.total_frames, on_progress)
            rendered = render_missing(
                plan, renderer or pool_renderer(pool), meter, workers_for(plan).count, pool.cancel
            )
            if cancellation.is_cancelled:
                raise Cancelled
            pool.release()
            seen = stillness_warnings(plan)
            if asked.frames is None:
                make_film(plan, meter.merging)
            clean_up(plan)
            meter.finished(spherical=is_spherical(plan.options))
        return RenderResult(
            output_file=film,
            frame_count=plan.total_frames,
            duration_s=float(plan.total_frames / plan.fps),
            seconds=time.monotonic() - started,
            rendered_chunks=tuple(rendered),
            plan=plan,
            warnings=seen,
        )


def inspect_in(
    pool: WorkerPool, composition: Composition, options: RenderOptions, sounds: Path
) -> CompositionFacts:
    """Look once at a composition, in a process that can go on to render it.

    Raises:
        HeliosError: it cannot be loaded.
    """
    options = with_absolute_subtitles(options, Path.cwd())
    call = InspectCall(composition=composition, options=options, sounds_folder=sounds)
    reply = pool.call(call)
    assert reply.facts is not None
    if not reply.facts.sounds and not reply.facts.voices:
        return reply.facts
    resolved = resolve_frames(composition.kind, options, reply.facts)
    return with_mixed_sounds(reply.facts, resolved.end_frame / resolved.draw.fps, sounds)


def workers_for(plan: RenderPlan) -> Workers:
    """How many chunks to render at once: as asked, else as cores and memory allow."""
    asked = plan.options.workers or plan.options.concurrency
    if asked is not None:
        return Workers(min(asked, len(plan.chunks)), "as asked")
    encode = plan.encode
    return workers_here(plan.composition.kind, encode.width, encode.height, len(plan.chunks))


def workers_here(kind: CompositionKind, width: int, height: int, chunk_count: int) -> Workers:
    """How many chunks this machine should draw at once."""
    return choose_workers(
        kind,
        cores=available_cores(),
        memory_bytes=memory_limit_bytes(),
        bytes_each=worker_bytes(kind, width, height),
        chunk_count=chunk_count,
    )


def as_composition(composition: str | Path | Composition, options: RenderOptions) -> Composition:
    """A composition by its name, not looked up, with the folder it may load from.

    Raises:
        OptionError: that folder does not fit it.
    """
    if not isinstance(composition, Composition):
        composition = name_composition(str(composition), Path.cwd())
    return within(composition, options.root, Path.cwd())


def files_read(composition: Composition, options: RenderOptions) -> tuple[str, ...]:
    """The files that a render reads, as far as it is told and not found by inspection."""
    sounds = (*options.audio, *((options.react_to,) if options.react_to else ()))
    texts = (options.subtitles, options.subtitles_style)
    return (composition.location, *(track.file for track in sounds), *filter(None, texts))


def _check_not_read(
    film: Path, composition: Composition, options: RenderOptions, facts: CompositionFacts | None
) -> None:
    found = tuple(name for name, _ in facts.inputs) if facts else ()
    if options.frames is None:
        check_not_input(film, (*files_read(composition, options), *found))
        return
    for path in map(Path, found):
        is_numbered = path.stem.isdigit() and path.suffix == f".{options.frames}"
        if is_numbered and path.parent.resolve() == film.resolve():
            raise OptionError(
                f"{film} holds the images that are read, which would be replaced",
                hint="Write to another folder.",
            )


def read_options(options: Options, values: Mapping[str, Any]) -> RenderOptions:
    """Options given as a model, a dict, keywords, or all of them.

    Raises:
        OptionError: a value cannot be used.
    """
    if isinstance(options, RenderOptions):
        return options.changed(**values) if values else options
    return RenderOptions.read({**(options or {}), **values})


def check_output(output: Path, options: RenderOptions) -> None:
    """Say what is wrong with the output before any work is done.

    Raises:
        UnknownFormatError: the suffix is no film's.
        OutputNotWritable: it cannot be written there.
    """
    if not is_text(str(output.absolute())):
        raise OptionError(
            f"-o {str(output)!r}: the name is not UTF-8 and cannot be written down",
            hint="Give the file and its folders names in UTF-8.",
        )
    if options.frames is not None:
        if output.exists() and not output.is_dir():
            raise OptionError(f"-o {output} must be a folder for --frames {options.frames}")
        make_folder(output)
        return
    suffix = output.suffix.lower().lstrip(".")
    if suffix not in CONTAINERS:
        raise UnknownFormatError(
            f"cannot tell the format of {output.name!r} from its suffix",
            hint=f"End it in one of: {', '.join('.' + name for name in CONTAINERS)}.",
        )
    if output.is_dir():
        raise OutputNotWritable(f"{output} is a folder", hint="Name a file with -o.")
    make_folder(output.parent)
    if output.exists() and not os.access(output, os.W_OK):
        raise OutputNotWritable(f"cannot overwrite {output}: permission denied")
