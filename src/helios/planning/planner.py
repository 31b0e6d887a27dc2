"""The one place where a render is decided. Pure: equal input gives an equal plan."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from helios.files.names import short_name
from helios.model.audio import SAMPLE_RATE, AudioTrack
from helios.model.composition import Composition, CompositionKind
from helios.model.encoding import EncodeSettings, SoundSettings
from helios.model.facts import CompositionFacts
from helios.model.formats import COPY, video_codec
from helios.model.options import RenderOptions
from helios.model.resolved import ResolvedRender
from helios.model.timebase import sample_index
from helios.planning.chunks import default_chunk_frames, split_evenly, split_grid
from helios.planning.digest import chunk_digest, digest_of, picture_digest
from helios.planning.resolve import resolve

PART_NAME = re.compile(r".+_part_\d+\.\w+")
"""What chunks are called."""
WORK_FOLDER = re.compile(r"\.helios-[0-9a-f]{16}-[0-9a-f]{8}")
"""Names of folders of chunks: digests of what is drawn, and of the film's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderChunk:
    """A half-open range of frames that one process renders and encodes."""

    id: int
    start_frame: int
    frame_count: int
    output_file: Path
    options: RenderOptions
    """What the chunk is rendered with: no audio tracks, everything explicit."""
    settings_digest: str

    @property
    def end_frame(self) -> int:
        """The first frame after the chunk."""
        return self.start_frame + self.frame_count


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderPlan:
    """All that will be made."""

    total_frames: int
    chunks: tuple[RenderChunk, ...]
    concat_manifest: tuple[Path, ...]
    """The chunk files, in the order they are joined."""
    concat_output_file: Path
    """Where the joined picture would be kept; joining and mixing are one pass, so nothing is."""
    final_output_file: Path
    mix_options: RenderOptions
    """What the last step does: copy the picture, mix the sound."""
    cleanup_files: tuple[Path, ...]
    """What may be deleted after success."""
    composition: Composition
    facts: CompositionFacts | None
    resolved: ResolvedRender
    """What was decided."""
    digest: str
    """Of everything the pictures depend on."""

    @property
    def options(self) -> RenderOptions:
        """The whole render's options with nothing left to decide."""
        return self.resolved.options

    @property
    def encode(self) -> EncodeSettings:
        """How chunks are encoded."""
        return self.resolved.encode

    @property
    def sound(self) -> SoundSettings:
        """How the film's sound is encoded."""
        return self.resolved.sound

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know before it is made."""
        return self.resolved.warnings

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        return self.encode.fps

    @property
    def work_folder(self) -> Path:
        """Where chunk files and their records live."""
        return self.concat_output_file.parent

    @property
    def tracks(self) -> tuple[AudioTrack, ...]:
        """The sound of the film."""
        return self.mix_options.audio

    @property
    def sample_total(self) -> int:
        """Samples of the film's sound at 48 kHz."""
        return sample_index(self.total_frames, self.fps, SAMPLE_RATE)


def plan_render(
    composition: Composition,
    output: Path,
    options: RenderOptions,
    facts: CompositionFacts | None = None,
    *,
    beside_output: bool = False,
    input_name: str | None = None,
) -> RenderPlan:
    """Decide a render.

    Args:
        composition: what draws.
        output: the film.
        options: what the user asked for; what is left open is decided here.
        facts: what inspection found; without it nothing is known but the options.
        beside_output: put chunk files next to the film (an emitted job) instead of into a folder
            of their own (a local render).
        input_name: how the composition is called in digests; the same on every machine.

    Raises:
        OptionError: options that cannot be carried out.
        UnknownFormatError: a codec or container we do not have, or that do not fit.
    """
    resolved = resolve(composition.kind, output, options, facts)
    digest = picture_digest(
        input_name or _portable_name(composition),
        resolved.draw,
        resolved.encode,
        facts,
        composition.root,
    )
    home = output if options.frames else output.parent
    # Two films of the same pictures may be made at once, side by side.
    name = f".helios-{digest[:16]}-{digest_of(output.name)[:8]}"
    folder = home if beside_output else home / name
    stem = short_name(output.stem)
    chunks = _chunks(resolved, digest, folder, stem)
    manifest = tuple(chunk.output_file for chunk in chunks)
    concat = folder / f"{stem}_concat.{video_codec(resolved.encode.encoder).chunk_container}"
    mix = resolved.options.changed(
        video_codec=COPY,
        mix_input_audio=True,
        capture=None,
        quality=None,
        preset=None,
        encoding_preset=None,
        video_bitrate=None,
        pixel_format=None,
        audio=_tracks(resolved, facts),
        audio_codec=resolved.sound.encoder,
    )
    return RenderPlan(
        total_frames=sum(chunk.frame_count for chunk in chunks),
        chunks=chunks,
        concat_manifest=manifest,
        concat_output_file=concat,
        final_output_file=output,
        mix_options=mix,
        cleanup_files=(*manifest, concat),
        composition=composition,
        facts=facts,
        resolved=resolved,
        digest=digest,
    )


def _chunks(
    resolved: ResolvedRender, digest: str, folder: Path, stem: str
) -> tuple[RenderChunk, ...]:
    options, encode = resolved.options, resolved.encode
    start, count = resolved.start_frame, resolved.frame_count
    if options.concurrency is not None and options.chunk_frames is None:
        ranges = split_evenly(start, count, options.concurrency)
    else:
        size = options.chunk_frames or default_chunk_frames(
            encode.width, encode.height, count, encode.gop_frames
        )
        ranges = split_grid(start, count, size)
    suffix = "json" if options.frames else video_codec(encode.encoder).chunk_container
    request = resolved.draw.request
    return tuple(
        RenderChunk(
            id=index,
            start_frame=first,
            frame_count=length,
            output_file=folder / f"{stem}_part_{index}.{suffix}",
            options=request.model_copy(update={"start_frame": first, "frame_count": length}),
            settings_digest=chunk_digest(digest, first, length),
        )
        for index, (first, length) in enumerate(ranges)
    )


def _tracks(resolved: ResolvedRender, facts: CompositionFacts | None) -> tuple[AudioTrack, ...]:
    """All sounds, moved from the composition's time axis to that of the rendered range."""
    options = resolved.options
    found = facts.sounds if facts and options.page_audio else ()
    earlier_s = resolved.start_frame / resolved.draw.fps
    return tuple(
        track.model_copy(update={"offset": track.offset - earlier_s})
        for track in (*options.audio, *found)
    )


def _portable_name(composition: Composition) -> str:
    if composition.root is None or composition.kind is CompositionKind.PYTHON:
        return composition.location
    return os.path.relpath(composition.location, composition.root)
