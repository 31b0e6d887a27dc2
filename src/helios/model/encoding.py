"""How pictures and sound are encoded, decided: everything that the bytes depend on."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from helios.model.audio import SAMPLE_RATE

_LARGE_PIXELS = 4096 * 4096


def is_large(width: int, height: int) -> bool:
    """Whether as few pictures of this size as possible are held at a time."""
    return width * height > _LARGE_PIXELS


def is_yuv(pixel_format: str) -> bool:
    """Whether pictures of this format are luma and chroma."""
    return pixel_format.startswith(("yuv", "nv12", "p010"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeSettings:
    """One video encoder, fully set up. Equal settings and equal pictures give equal bytes."""

    encoder: str
    """FFmpeg's name."""
    container: str
    """Suffix of the file that is written; for chunks the one that joins without re-encoding."""
    width: int
    height: int
    fps: Fraction
    pixel_format: str
    crf: int | None = None
    """Constant quality; None with a bit rate and for codecs that have no such scale."""
    bitrate_bps: int | None = None
    ceiling_bps: int | None = None
    """What constant quality may not exceed."""
    preset: str = ""
    gop_frames: int = 15
    """Distance of key frames; every group of pictures is closed."""
    threads: int = 2
    """Encoder threads. The bytes depend on their number, so it is never left to the machine."""
    codec_tag: str = ""

    @property
    def is_yuv(self) -> bool:
        """Whether pictures are luma and chroma of limited range, not RGB."""
        return is_yuv(self.pixel_format)

    @property
    def is_large(self) -> bool:
        """Whether memory is short with such pictures: as few as possible are held at a time."""
        return is_large(self.width, self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundSettings:
    """One sound encoder, fully set up."""

    encoder: str
    bitrate_bps: int | None = None
    """None for lossless codecs."""
    sample_rate: int = SAMPLE_RATE
    channels: int = 2
