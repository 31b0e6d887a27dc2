"""What ``argv`` of our own job files says, read back: no second start of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helios.commit.store import FolderStore
from helios.errors import CompositionNotFound, JobSpecError, OptionError
from helios.executors.call import ChunkCall, ChunkRange
from helios.model.facts import BrowserFacts, CaptureMethod, CompositionFacts
from helios.model.options import RenderOptions
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


def chunk_call_from_job(
    job: JobSpec,
    chunk: RenderJobChunk,
    folder: Path,
    settings_digest: str,
    *,
    any_browser: bool,
    store: str | None = None,
) -> ChunkCall | None:
    """The call that does what the chunk's ``argv`` says, or None if it is not a render of ours.

    ``store`` is where the chunk goes, if not where ``argv`` says.

    Raises:
        JobSpecError: the command line cannot be understood.
        CompositionNotFound: the composition is not on this machine.
    """
    if not is_own(job, chunk):
        return None
    try:
        positional, values = argv_to_values(chunk.argv[2:])
        output = folder / values.pop("output", chunk.output_file)
        options = RenderOptions.read(values)
    except OptionError as error:
        raise JobSpecError(f"chunk {chunk.id}: {error.message}") from error
    if output != folder / chunk.output_file:
        raise JobSpecError(f"chunk {chunk.id}: its command writes another file than outputFile")
    decided = (options.width, options.height, options.fps)
    if len(positional) != 1 or None in decided:
        raise JobSpecError(f"chunk {chunk.id}: its command does not say everything it must")
    try:
        composition, options = requested(positional[0], options, folder)
    except CompositionNotFound as error:
        raise CompositionNotFound(
            f"{error.message} (looked from {folder})",
            hint="Put the composition there, or emit the job with --base-url.",
        ) from error
    check_not_input(output, files_read(composition, options))
    browser = job.browser
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
    )
    # The settings are those of the whole film: only the range tells its chunks apart.
    whole = options.changed(start_frame=0, frame_count=None)
    resolved = resolve(composition.kind, output, whole, facts)
    return ChunkCall(
        composition=composition,
        draw=resolved.draw,
        encode=resolved.encode,
        facts=facts,
        store=store or FolderStore(output.parent).url,
        any_browser=any_browser,
        chunks=(
            ChunkRange(
                id=chunk.id,
                start_frame=options.start_frame,
                frame_count=options.frame_count or chunk.frame_count,
                output_name=output.name,
                settings_digest=settings_digest,
            ),
        ),
    )
