"""``job.json``: a plan written down so that others can run it."""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Callable
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
)
from pydantic.alias_generators import to_camel

from helios.errors import JobSpecError
from helios.files.documents import parse_json, validated
from helios.model.facts import CompositionFacts
from helios.model.options import MAX_CHUNKS, MAX_FRAMES, RenderOptions
from helios.model.overlay import OverlayPage
from helios.model.stem import Sound
from helios.model.timebase import parse_number
from helios.planning.flags import argument, options_to_argv
from helios.planning.planner import RenderChunk, RenderPlan

SCHEMA_VERSION = 1
PROGRAM = "helios"
FILE_OPTIONS = ("subtitles", "subtitles_style", "root")
"""Options that name one file or folder."""
MAX_JOB_BYTES = 64 * 1024 * 1024
"""A job lists every chunk with its command: 20 000 of them are some 20 MB."""

Rate = Annotated[
    Fraction,
    BeforeValidator(lambda value: parse_number(value, "a rate")),
    PlainSerializer(str, return_type=str),
    Field(json_schema_extra={"type": "string"}),
]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class RenderJobChunk(_Document):
    """One chunk: a command that renders it. ``argv`` is the same command, not quoted."""

    id: int
    start_frame: int = Field(ge=0)
    frame_count: int = Field(ge=1)
    output_file: str
    command: str
    argv: tuple[str, ...] = ()
    digest: str = ""


class RenderJobMetadata(_Document):
    """What the film will be."""

    total_frames: int = Field(ge=1, le=MAX_FRAMES)
    fps: float = Field(gt=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    duration: float = Field(gt=0)
    fps_rational: Rate | None = None


class JobFont(_Document):
    """A font that words were drawn with, and what letters look like in it."""

    families: str
    """As CSS lists them, without those that the page brings."""
    style: str = ""
    """``italic``, a weight that is not 400, or both."""
    letters: str
    """What was drawn."""
    drawn_with: tuple[str, ...] = ()
    """Names of the fonts that the machine took."""
    digest: str
    """Of the drawn letters."""


class JobBrowser(_Document):
    """The browser a page was inspected with; chunks are drawn by the same version, with the same
    fonts."""

    version: str
    flags: tuple[str, ...] = ()
    capture: str = ""
    capture_reason: str = ""
    renderer: str = ""
    """Of the GPU that draws, if one does."""
    fonts: tuple[JobFont, ...] = ()


class JobBundle(_Document):
    """The bundle with all files that a job names, for a job in a store."""

    sha256: str
    size: int = Field(ge=1)


class JobSpec(_Document):
    """The whole job. Paths are relative to the job file; treat a job file as code."""

    metadata: RenderJobMetadata
    chunks: tuple[RenderJobChunk, ...] = Field(min_length=1, max_length=MAX_CHUNKS)
    merge_command: str
    schema_version: int | None = None
    input: str = ""
    output: str = ""
    merge_argv: tuple[str, ...] = ()
    digest: str = ""
    browser: JobBrowser | None = None
    inputs: tuple[tuple[str, str], ...] = ()
    helios_version: str = ""
    bundle: JobBundle | None = None

    def to_json(self) -> str:
        """The document, the same for the same job."""
        return self.model_dump_json(by_alias=True, indent=2, exclude_none=True) + "\n"


def job_from_plan(
    plan: RenderPlan,
    job_folder: Path,
    *,
    input_name: str,
    version: str,
    place_input: Callable[[str], str] = str,
) -> JobSpec:
    """Write ``plan`` down for runners whose current folder is ``job_folder``.

    Args:
        plan: made with ``beside_output=True``.
        job_folder: paths in the job are relative to it.
        input_name: the composition as the commands name it.
        version: of Helios.
        place_input: how a loaded file's path is written in ``inputs``.
    """
    chunks = tuple(_job_chunk(chunk, job_folder, input_name) for chunk in plan.chunks)
    merge = _merge_argv(plan, job_folder)
    facts = plan.facts
    metadata = RenderJobMetadata(
        total_frames=plan.total_frames,
        fps=float(plan.fps),
        width=plan.encode.width,
        height=plan.encode.height,
        duration=float(plan.total_frames / plan.fps),
        fps_rational=plan.fps,
    )
    return JobSpec(
        metadata=metadata,
        chunks=chunks,
        merge_command=shlex.join(merge),
        schema_version=SCHEMA_VERSION,
        input=input_name,
        output=_relative(plan.final_output_file, job_folder),
        merge_argv=tuple(merge),
        digest=plan.digest,
        browser=_browser(facts) if facts else None,
        inputs=tuple((place_input(name), sha) for name, sha in facts.inputs) if facts else (),
        helios_version=version,
    )


def read_job(text: str | bytes) -> JobSpec:
    """Read and check a job file, ours or another program's.

    Raises:
        JobSpecError: not JSON, fields missing or wrong, chunks that overlap or leave a gap.
    """
    what = "not a job file"
    try:
        value = parse_json(text, f"{what}: it", error=JobSpecError, max_bytes=MAX_JOB_BYTES)
        job = validated(JobSpec, value, what, error=JobSpecError)
    except JobSpecError as error:
        error.hint = "Make one with: helios render INPUT -o OUTPUT --emit-job job.json"
        raise
    if job.schema_version is not None and job.schema_version > SCHEMA_VERSION:
        raise JobSpecError(
            f"the job file has schema version {job.schema_version}, this Helios reads up to "
            f"{SCHEMA_VERSION}",
            hint="Update Helios on this machine.",
        )
    _check_chunks(job)
    return job


def _check_chunks(job: JobSpec) -> None:
    ids = [chunk.id for chunk in job.chunks]
    if len(set(ids)) != len(ids):
        raise JobSpecError(f"the job has two chunks with the same id: {sorted(ids)}")
    files = [chunk.output_file for chunk in job.chunks]
    if len(set(files)) != len(files):
        raise JobSpecError("two chunks of the job write the same outputFile")
    ordered = sorted(job.chunks, key=lambda chunk: chunk.start_frame)
    for chunk, following in itertools.pairwise(ordered):
        end = chunk.start_frame + chunk.frame_count
        if following.start_frame != end:
            kind = "overlap" if following.start_frame < end else "leave a gap"
            raise JobSpecError(
                f"chunks {chunk.id} and {following.id} {kind}: one ends at frame {end}, the next "
                f"starts at {following.start_frame}"
            )
    total = sum(chunk.frame_count for chunk in job.chunks)
    if total != job.metadata.total_frames:
        raise JobSpecError(
            f"the chunks have {total} frames, the job says {job.metadata.total_frames}"
        )


def _overlay(overlay: OverlayPage, folder: Path) -> OverlayPage:
    named = overlay.with_files(lambda file: _relative(Path(file), folder))
    if not Path(overlay.page).is_absolute():
        return named
    return named.model_copy(update={"page": _relative(Path(overlay.page), folder)})


def named_from(folder: Path, options: RenderOptions) -> RenderOptions:
    """Options with absolute names of files, as commands in ``folder`` say them."""
    update: dict[str, object] = {
        "audio": tuple(_placed(track, folder) for track in options.audio),
        "react_to": _placed(options.react_to, folder) if options.react_to else None,
        "stem": tuple(_placed(each, folder) for each in options.stem),
        "overlay": tuple(_overlay(each, folder) for each in options.overlay),
    }
    for name in FILE_OPTIONS:
        if (path := getattr(options, name)) is not None:
            update[name] = _relative(Path(path), folder)
    return options.model_copy(update=update)


def _job_chunk(chunk: RenderChunk, folder: Path, input_name: str) -> RenderJobChunk:
    output = _relative(chunk.output_file, folder)
    options = named_from(folder, chunk.options)
    argv = [
        PROGRAM,
        "render",
        argument(input_name),
        "-o",
        argument(output),
        "--start-frame",
        str(chunk.start_frame),
        "--frame-count",
        str(chunk.frame_count),
        *options_to_argv(options, skip=("start_frame", "frame_count")),
    ]
    return RenderJobChunk(
        id=chunk.id,
        start_frame=chunk.start_frame,
        frame_count=chunk.frame_count,
        output_file=output,
        command=shlex.join(argv),
        argv=tuple(argv),
        digest=chunk.settings_digest,
    )


def _merge_argv(plan: RenderPlan, folder: Path) -> list[str]:
    mix = plan.mix_options
    argv = [PROGRAM, "merge", argument(_relative(plan.final_output_file, folder))]
    argv += [argument(_relative(path, folder)) for path in plan.concat_manifest]
    argv += ["--video-codec", str(mix.video_codec), "--audio-codec", str(mix.audio_codec)]
    if mix.audio_bitrate is not None:
        argv += ["--audio-bitrate", str(mix.audio_bitrate)]
    if mix.loudness is not None:
        argv += [f"--loudness={mix.loudness}"]
    if mix.type is not None:
        argv += ["--type", mix.type]
    if mix.initial_view is not None:
        argv += [f"--initial-view={mix.initial_view}"]
    for track in mix.audio:
        argv.append(f"--audio={_placed(track, folder)}")
    return argv


def _placed(track: Sound, folder: Path) -> Sound:
    if "://" in track.file:
        return track
    return track.model_copy(update={"file": _relative(Path(track.file), folder)})


def _relative(path: Path, folder: Path) -> str:
    return os.path.relpath(path, folder)


def _browser(facts: CompositionFacts) -> JobBrowser | None:
    if facts.browser is None:
        return None
    return JobBrowser(
        version=facts.browser.version,
        flags=facts.browser.flags,
        capture=str(facts.capture or ""),
        capture_reason=facts.capture_reason,
        renderer=facts.browser.renderer if facts.browser.gpu else "",
        fonts=tuple(JobFont(**asdict(font)) for font in facts.fonts),
    )


FACTS = TypeAdapter(CompositionFacts)
"""Facts as JSON and back, for the wire between processes."""
