"""What ``argv`` of our own job files says, read back: no second start of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helios.commit.store import FolderStore
from helios.errors import CompositionNotFound, JobSpecError, OptionError
from helios.executors.call import ChunkCall, ChunkRange
from helios.model.composition import Composition
from helios.model.facts import BrowserFacts, CaptureMethod, CompositionFacts, FontSpecimen
from helios.model.options import RenderOptions
from helios.model.resolved import ResolvedRender
from helios.planning.flags import argv_to_values
from helios.planning.jobspec import PROGRAM, JobSpec, RenderJobChunk
from helios.planning.resolve import resolve
from helios.rendering.local import check_not_input
from helios.rendering.places import absolute
from helios.rendering.prepare import files_read, requested


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMerge:
    """A ``helios merge`` of a job file."""

    film: Path
    parts: tuple[Path, ...]
    options: RenderOptions


def merge_from_argv(argv: Sequence[str], folder: Path) -> OwnMerge | None:
    """What a merge does when it is run in ``folder``; None if it is another program's, or has flags
    that are no options of a film, as ``--quiet`` is.

    Raises:
        JobSpecError: it names no film and parts.
    """
    if tuple(argv[:2]) != (PROGRAM, "merge"):
        return None
    try:
        positional, values = argv_to_values(argv[2:])
        options = absolute(RenderOptions.read(values), folder)
    except OptionError:
        return None
    if len(positional) < 2:
        raise JobSpecError("the merge of the job does not say everything it must")
    film, *parts = (folder / name for name in positional)
    return OwnMerge(film=film, parts=tuple(parts), options=options)


def is_own(job: JobSpec, chunk: RenderJobChunk) -> bool:
    """Whether a chunk is a render of ours, not a command of another program."""
    return job.schema_version is not None and chunk.argv[:2] == (PROGRAM, "render")


class OwnChunks:
    """What the chunks of a job are to the renderer.

    Commands of one film differ in range and file alone. The rest is read once: a job of ten
    thousand chunks would else be read for seconds before its first frame is drawn.
    """

    def __init__(
        self, job: JobSpec, folder: Path, *, any_browser: bool, store: str | None = None
    ) -> None:
        """``folder`` is the current one of its commands; ``store`` is where chunks go, if not where
        ``argv`` says."""
        self._job = job
        self._folder = folder
        self._any_browser = any_browser
        self._store = store
        self._films: dict[tuple[object, ...], _Film] = {}

    def call(self, chunk: RenderJobChunk, settings_digest: str) -> ChunkCall | None:
        """The call that does what the chunk's ``argv`` says, or None if it is not a render of ours.

        Raises:
            JobSpecError: the command line cannot be understood.
            CompositionNotFound: the composition is not on this machine.
        """
        if not is_own(self._job, chunk):
            return None
        try:
            positional, values = argv_to_values(chunk.argv[2:])
        except OptionError as error:
            raise JobSpecError(f"chunk {chunk.id}: {error.message}") from error
        output = self._folder / values.pop("output", chunk.output_file)
        if output != self._folder / chunk.output_file:
            raise JobSpecError(f"chunk {chunk.id}: its command writes another file than outputFile")
        told = [values.pop(name, None) for name in ("start_frame", "frame_count")]
        if told != [str(chunk.start_frame), str(chunk.frame_count)]:
            raise JobSpecError(
                f"chunk {chunk.id}: its command draws other frames than startFrame and frameCount"
            )
        key = (output.suffix, *positional, *values.items())
        film = self._films.get(key)
        if film is None:
            film = self._films[key] = self._film(chunk, output, positional, values)
        check_not_input(output, film.reads)
        range_ = ChunkRange(
            id=chunk.id,
            start_frame=chunk.start_frame,
            frame_count=chunk.frame_count,
            output_name=output.name,
            settings_digest=settings_digest,
        )
        return ChunkCall(
            composition=film.composition,
            draw=film.resolved.draw,
            encode=film.resolved.encode,
            facts=film.facts,
            store=self._store or FolderStore(output.parent).url,
            any_browser=self._any_browser,
            chunks=(range_,),
        )

    def _film(
        self, chunk: RenderJobChunk, output: Path, positional: list[str], values: dict[str, Any]
    ) -> _Film:
        try:
            options = RenderOptions.read(values)
        except OptionError as error:
            raise JobSpecError(f"chunk {chunk.id}: {error.message}") from error
        if len(positional) != 1 or None in (options.width, options.height, options.fps):
            raise JobSpecError(f"chunk {chunk.id}: its command does not say everything it must")
        try:
            composition, options = requested(positional[0], options, self._folder)
        except CompositionNotFound as error:
            raise CompositionNotFound(
                f"{error.message} (looked from {self._folder})",
                hint="Put the composition there, or emit the job with --base-url.",
            ) from error
        browser = self._job.browser
        facts = CompositionFacts(
            composition=composition,
            capture=CaptureMethod(browser.capture) if browser and browser.capture else None,
            browser=BrowserFacts(
                executable="",
                version=browser.version,
                renderer=browser.renderer,
                gpu=bool(browser.renderer),
            )
            if browser
            else None,
            fonts=tuple(FontSpecimen(**dict(font)) for font in browser.fonts) if browser else (),
        )
        return _Film(
            composition=composition,
            facts=facts,
            resolved=resolve(composition.kind, output, options, facts),
            reads=files_read(composition, options),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Film:
    """What chunks of one film have in common."""

    composition: Composition
    facts: CompositionFacts
    resolved: ResolvedRender
    reads: tuple[str, ...]
    """The files that its command names."""
