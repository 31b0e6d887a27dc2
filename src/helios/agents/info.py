"""What ``helios info`` says of a media file, or of a composition."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from helios.errors import CompositionNotFound, MetadataError
from helios.media.probe import MediaInfo
from helios.model.facts import CompositionFacts
from helios.spatial.inspect import describe, inspect_film


class _Info(BaseModel):
    """What a file has none of is not printed."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


class MediaFacts(_Info):
    """What a film or a sound holds, counted packet by packet."""

    file: str
    container: str
    size_bytes: int
    duration_s: float
    video_codec: str | None = None
    """With its profile."""
    width: int | None = None
    height: int | None = None
    fps: str | None = None
    """A fraction: 30, 30000/1001."""
    frames: int | None = None
    key_frames: int | None = None
    """How many of the frames can be decoded without others."""
    pixel_format: str | None = None
    colour: str | None = None
    """Matrix, primaries and transfer by their numbers in ITU-T H.273, and the range."""
    alpha: bool | None = None
    video_duration_s: float | None = None
    audio_codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    samples: int | None = None
    """Of each channel."""
    audio_duration_s: float | None = None
    spherical: str | None = None
    """What its metadata says of a sphere."""


class CompositionWords(_Info):
    """What a composition declares, how it will be drawn, and what it loads."""

    composition: str
    kind: str
    """page, scene, python or images."""
    duration_s: float | None = None
    """What it declares, as with ``fps``, ``width`` and ``height``."""
    fps: str | None = None
    width: int | None = None
    height: int | None = None
    capture: str | None = None
    """How a page's frames will be taken."""
    capture_reason: str | None = None
    browser: str | None = None
    """Its version."""
    fonts: tuple[str, ...]
    """The machine's fonts that words of a page are drawn with, behind what they ask for."""
    sounds: tuple[str, ...]
    """Files of the sounds that a page plays."""
    inputs: tuple[str, ...]
    """What was loaded."""
    warnings: tuple[str, ...]


Info = MediaFacts | CompositionWords
INFO: TypeAdapter[Info] = TypeAdapter(Info)


def of_media(media: MediaInfo) -> MediaFacts:
    """What a media file holds."""
    video, audio = media.video, media.audio
    facts = MediaFacts(
        file=str(media.path),
        container=media.container,
        size_bytes=media.size_bytes,
        duration_s=float(media.duration_s),
        spherical=_spherical(media.path),
    )
    if video:
        colour = video.colour
        facts.video_codec = " ".join(filter(None, (video.codec, video.profile)))
        facts.width, facts.height = video.width, video.height
        facts.fps = str(video.fps)
        facts.frames = video.frame_count
        facts.key_frames = len(video.key_frames)
        facts.pixel_format = video.pixel_format
        facts.colour = (
            f"matrix {colour.matrix}, primaries {colour.primaries}, "
            f"transfer {colour.transfer}, {'full' if colour.is_full_range else 'limited'} range"
        )
        facts.alpha = video.has_alpha
        facts.video_duration_s = float(video.duration_s)
    if audio:
        facts.audio_codec = audio.codec
        facts.sample_rate, facts.channels = audio.sample_rate, audio.channels
        facts.samples = audio.sample_count
        facts.audio_duration_s = audio.sample_count / audio.sample_rate
    return facts


def of_composition(facts: CompositionFacts) -> CompositionWords:
    """What a composition declares, how it will be drawn, and what it loads."""
    duration_s, fps = facts.declared_duration_s, facts.declared_fps
    return CompositionWords(
        composition=facts.composition.location,
        kind=facts.composition.kind,
        duration_s=float(duration_s) if duration_s else None,
        fps=str(fps) if fps else None,
        width=facts.declared_width,
        height=facts.declared_height,
        capture=facts.capture,
        capture_reason=facts.capture_reason or None,
        browser=facts.browser.version if facts.browser else None,
        fonts=words_of_fonts(facts),
        sounds=tuple(track.file for track in facts.sounds),
        inputs=tuple(name for name, _ in facts.inputs),
        warnings=facts.warnings,
    )


def words_of_fonts(facts: CompositionFacts) -> tuple[str, ...]:
    """The machine's fonts that words of a page are drawn with, behind what they ask for."""
    return tuple(f"{font.asked}: {font.found}" for font in facts.fonts)


def _spherical(path: Path) -> str | None:
    try:
        metadata = inspect_film(path).spherical
    except (MetadataError, CompositionNotFound):  # no MP4
        return None
    return describe(metadata) if metadata else None
