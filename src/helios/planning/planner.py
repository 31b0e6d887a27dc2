"""The one place where a render is decided. Pure: equal input gives an equal plan."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from helios.errors import OptionError
from helios.files.names import short_name
from helios.model.audio import SAMPLE_RATE, AudioTrack
from helios.model.composition import Composition, CompositionKind
from helios.model.encoding import EncodeSettings, SoundSettings
from helios.model.facts import CompositionFacts
from helios.model.formats import COPY, MP4_FAMILY, export_type, video_codec
from helios.model.options import DEFAULT_FPS, RenderOptions
from helios.model.timebase import frame_total, sample_index
from helios.planning.chunks import default_chunk_frames, split_evenly, split_grid
from helios.planning.digest import chunk_digest, digest_of, picture_digest
from helios.planning.encoding import resolve_encoding, resolve_sound
from helios.planning.picture_size import picture_size

DEFAULT_DURATION_S = Fraction(1)
CHUNK_AUDIO_CODEC = "pcm_s16le"
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
    options: RenderOptions
    """The whole render's options with nothing left to decide."""
    encode: EncodeSettings
    sound: SoundSettings
    digest: str
    """Of everything the pictures depend on."""
    warnings: tuple[str, ...] = ()

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
    resolved, warnings = resolve(options, facts)
    if composition.kind is CompositionKind.SCENE and not resolved.react_to and resolved.audio:
        resolved = resolved.changed(react_to=resolved.audio[0])
    check_transparency(composition, resolved)
    resolved, container = _codec_of(output, resolved)
    assert resolved.width is not None
    assert resolved.height is not None
    assert resolved.fps is not None
    warnings = (*warnings, *_spherical_warnings(resolved, container))
    encode = resolve_encoding(
        resolved, container, width=resolved.width, height=resolved.height, fps=resolved.fps
    )
    sound = resolve_sound(resolved, container)
    drawn = _drawn(resolved)
    digest = picture_digest(
        input_name or _portable_name(composition),
        drawn,
        facts,
        encode.to_json(),
        composition.root,
    )
    home = output if resolved.frames else output.parent
    # Two films of the same pictures may be made at once, side by side.
    name = f".helios-{digest[:16]}-{digest_of(output.name)[:8]}"
    folder = home if beside_output else home / name
    stem = short_name(output.stem)
    chunks = _chunks(resolved, drawn, digest, encode, folder, stem)
    manifest = tuple(chunk.output_file for chunk in chunks)
    concat = folder / f"{stem}_concat.{video_codec(encode.encoder).chunk_container}"
    mix = resolved.changed(
        video_codec=COPY,
        mix_input_audio=True,
        capture=None,
        quality=None,
        preset=None,
        encoding_preset=None,
        video_bitrate=None,
        pixel_format=None,
        audio=_tracks(resolved, facts),
        audio_codec=sound.encoder,
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
        options=resolved,
        encode=encode,
        sound=sound,
        digest=digest,
        warnings=warnings,
    )


def check_formats(composition: Composition, output: Path, options: RenderOptions) -> None:
    """Refuse, before anything is looked at, what no inspection could make right.

    Raises:
        OptionError: options that fit neither codec nor composition.
        UnknownFormatError: a codec or container we do not have, or that do not fit.
    """
    check_transparency(composition, options)
    usual = options.changed(video_codec=options.video_codec or _usual_codec(options))
    asked, container = _codec_of(output, usual)
    size = picture_size(asked, None)
    resolve_encoding(
        asked, container, width=size.width, height=size.height, fps=asked.fps or DEFAULT_FPS
    )
    resolve_sound(asked, container)


def _codec_of(output: Path, options: RenderOptions) -> tuple[RenderOptions, str]:
    """Options and the suffix whose codec encodes the chunks."""
    if options.frames is None:
        return options, output.suffix.lower().lstrip(".")
    # Images have no codec; a lossless one stands in where a plan must name one.
    return options.changed(video_codec="ffv1", quality=None, video_bitrate=None), "mkv"


def check_transparency(composition: Composition, options: RenderOptions) -> None:
    """Refuse transparency where there is none.

    Raises:
        OptionError: the composition covers everything, or images that cannot hold it are wanted.
    """
    if not options.transparent:
        return
    if composition.kind is CompositionKind.SCENE or options.panorama == "cubemap":
        what = "a scene" if composition.kind is CompositionKind.SCENE else "a panorama"
        raise OptionError(
            f"--transparent: {what} covers the whole picture",
            hint="Pages, Python compositions and images can be transparent.",
        )
    if options.frames == "jpg":
        raise OptionError("--transparent: JPEG has no transparency", hint="Use --frames png.")


def resolve(
    options: RenderOptions, facts: CompositionFacts | None
) -> tuple[RenderOptions, tuple[str, ...]]:
    """Decide what the user left open: size, rate, length and range.

    Returns the options with nothing open, and what the user should know about the choices.

    Raises:
        OptionError: the range is empty or reaches past the end.
    """
    warnings = list(facts.warnings) if facts else []
    fps = options.fps or (facts.declared_fps if facts else None) or DEFAULT_FPS
    declared_s = options.duration or (facts.declared_duration_s if facts else None)
    start, count = options.start_frame, options.frame_count
    if declared_s is not None:
        end = frame_total(declared_s, fps)
    elif count is not None:
        end = start + count
    else:
        end = frame_total(DEFAULT_DURATION_S, fps)
        warnings.append("the composition declares no duration: rendering 1 second (--duration)")
    if start >= end:
        raise OptionError(f"--start-frame {start} is beyond the end: the film has {end} frames")
    if count is not None and start + count > end:
        raise OptionError(
            f"frames {start} to {start + count} reach past the end: the film has {end} frames",
            hint="Give a longer --duration or a smaller --frame-count.",
        )
    warnings += _past_its_end(facts, fps, start + count if count is not None else end)
    size = picture_size(options, facts)
    resolved = options.changed(
        width=size.width,
        height=size.height,
        pixel_ratio=size.pixel_ratio,
        fps=fps,
        duration=declared_s if declared_s is not None else Fraction(end) / fps,
        frame_count=count if count is not None else end - start,
        capture=options.capture or (facts.capture if facts else None),
        video_codec=options.video_codec or _usual_codec(options),
        scale=1,
        browser_gpu=_gpu(options, facts),
    )
    return resolved, tuple(dict.fromkeys(warnings))


def _past_its_end(facts: CompositionFacts | None, fps: Fraction, end: int) -> list[str]:
    """A page that says how long it is usually stands still after that."""
    if facts is None or facts.declared_duration_s is None:
        return []
    own = frame_total(facts.declared_duration_s, fps)
    if facts.composition.kind is not CompositionKind.PAGE or end <= own:
        return []
    return [f"the page declares {own} frames and is asked for {end}: it may stand still at its end"]


def _gpu(options: RenderOptions, facts: CompositionFacts | None) -> str:
    """What the browser that inspected found out; every chunk is drawn the same way."""
    if options.browser_gpu != "auto" or facts is None or facts.browser is None:
        return options.browser_gpu
    return "on" if facts.browser.gpu else "off"


def _spherical_warnings(options: RenderOptions, container: str) -> tuple[str, ...]:
    """What a 360 film in another container than MP4 lacks."""
    if options.type is None or options.frames is not None or container in MP4_FAMILY:
        return ()
    if not export_type(options.type).projection.is_spherical:
        return ()
    return (f".{container} does not carry the metadata that players read: use .mp4 to publish",)


def _usual_codec(options: RenderOptions) -> str | None:
    """The codec that a type of large pictures is shown with, unless something else was asked."""
    if options.type is None or options.encoding_preset is not None or options.scale != 1:
        return None
    codec = export_type(options.type).video_codec
    return codec if codec != "libx264" else None


def _drawn(resolved: RenderOptions) -> RenderOptions:
    """What every chunk is rendered with. What is not in here cannot change a pixel."""
    followed = resolved.react_to
    return resolved.changed(
        start_frame=0,
        frame_count=None,
        react_to=followed.followed() if followed else None,
        audio=(),
        audio_codec=CHUNK_AUDIO_CODEC,
        audio_bitrate=None,
        loudness=None,
        page_audio=False,
        concurrency=None,
        workers=None,
        chunk_frames=None,
    )


def _chunks(
    resolved: RenderOptions,
    drawn: RenderOptions,
    digest: str,
    encode: EncodeSettings,
    folder: Path,
    stem: str,
) -> tuple[RenderChunk, ...]:
    start, count = resolved.start_frame, resolved.frame_count
    assert count is not None
    if resolved.concurrency is not None and resolved.chunk_frames is None:
        ranges = split_evenly(start, count, resolved.concurrency)
    else:
        size = resolved.chunk_frames or default_chunk_frames(
            encode.width, encode.height, count, encode.gop_frames
        )
        ranges = split_grid(start, count, size)
    suffix = "json" if resolved.frames else video_codec(encode.encoder).chunk_container
    return tuple(
        RenderChunk(
            id=index,
            start_frame=first,
            frame_count=length,
            output_file=folder / f"{stem}_part_{index}.{suffix}",
            options=drawn.model_copy(update={"start_frame": first, "frame_count": length}),
            settings_digest=chunk_digest(digest, first, length),
        )
        for index, (first, length) in enumerate(ranges)
    )


def _tracks(resolved: RenderOptions, facts: CompositionFacts | None) -> tuple[AudioTrack, ...]:
    """All sounds, moved from the composition's time axis to that of the rendered range."""
    found = facts.sounds if facts and resolved.page_audio else ()
    assert resolved.fps
    earlier_s = resolved.start_frame / resolved.fps
    return tuple(
        track.model_copy(update={"offset": track.offset - earlier_s})
        for track in (*resolved.audio, *found)
    )


def _portable_name(composition: Composition) -> str:
    if composition.root is None or composition.kind is CompositionKind.PYTHON:
        return composition.location
    return os.path.relpath(composition.location, composition.root)
