"""Pictures that are shown as they are: cover art in a song's tags, image files."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

import av
from av.stream import Disposition

from helios.errors import OptionError
from helios.files.regular import open_regular
from helios.files.unread import unread
from helios.media.fetch import fetch_sound
from helios.media.sound import SoundSource

SMALLEST_SIDE = 16
MOST_PIXELS = 100_000_000
MOST_BYTES = 32 << 20
_SHOWN = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "BMP")
"""What browsers show, besides SVG."""
_SVG = b"<svg"
_SVG_WITHIN = 1024
"""Bytes before its root that an SVG may have, for comments and declarations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """An image as it lies in a file."""

    content: bytes
    media_type: str


def read_cover(file: SoundSource) -> Cover:
    """The image that a file is, or that a sound has in its tags.

    Raises:
        OptionError: there is none, or none that can be shown.
    """
    found = _image_of(file)
    if found is None:
        raise OptionError(
            f"{_name(file)} is no image and has no cover art in its tags",
            hint="Give a PNG, JPEG, WebP or SVG file.",
        )
    return found


def has_cover(file: SoundSource) -> bool:
    """Whether a file is an image, or has one in its tags, that can be shown.

    Raises:
        OptionError: it has one that cannot be shown.
    """
    return _image_of(file) is not None


def _image_of(file: SoundSource) -> Cover | None:
    source = fetch_sound(file)
    name = _name(file)
    if isinstance(source, bytes):
        return _image(source, name) or _attached(BytesIO(source), name)
    path = Path(source)
    try:
        with open_regular(path) as stream:
            is_image = _looks_like_image(stream)
        if not is_image:
            return _attached(str(path), name)
        if path.stat().st_size > MOST_BYTES:
            raise _too_large(name, path.stat().st_size)
        return _image(path.read_bytes(), name)
    except OSError as error:
        raise unread(name, path, error) from error


def _looks_like_image(stream: IO[bytes]) -> bool:
    from PIL import Image, UnidentifiedImageError

    if _SVG in stream.read(_SVG_WITHIN):
        return True
    stream.seek(0)
    try:
        with Image.open(stream):
            return True
    except UnidentifiedImageError:
        return False
    except (OSError, ValueError, Image.DecompressionBombError):
        return True


def _image(content: bytes, name: str) -> Cover | None:
    from PIL import Image, UnidentifiedImageError

    if len(content) > MOST_BYTES and _looks_like_image(BytesIO(content)):
        raise _too_large(name, len(content))
    if _SVG in content[:_SVG_WITHIN]:
        return Cover(content=content, media_type="image/svg+xml")
    try:
        with Image.open(BytesIO(content)) as image:
            kind, (width, height) = str(image.format), image.size
            if width * height <= MOST_PIXELS:
                image.load()
    except UnidentifiedImageError:
        return None
    except Image.DecompressionBombError as error:
        raise OptionError(f"the picture in {name} is too large: {error}") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise OptionError(
            f"the picture in {name} is damaged: {error}", hint="Save it anew."
        ) from error
    if kind not in _SHOWN:
        raise OptionError(f"the picture in {name} is {kind}", hint=f"Give {', '.join(_SHOWN)}.")
    if min(width, height) < SMALLEST_SIDE or width * height > MOST_PIXELS:
        limit = f"at least {SMALLEST_SIDE} on a side, {MOST_PIXELS // 10**6} million in all"
        raise OptionError(
            f"the picture in {name} has {width}x{height} pixels", hint=f"Give one with {limit}."
        )
    return Cover(content=content, media_type=Image.MIME.get(kind, f"image/{kind.lower()}"))


def _attached(file: str | IO[bytes], name: str) -> Cover | None:
    try:
        with av.open(file, "r") as container:
            for stream in container.streams.video:
                if stream.disposition & Disposition.attached_pic:
                    packet = next(container.demux(stream), None)
                    size = packet.size if packet is not None else 0
                    if size > MOST_BYTES:
                        raise _too_large(name, size)
                    return _image(bytes(packet), name) if packet is not None and size else None
    except av.FFmpegError:
        return None
    return None


def _too_large(name: str, size: int) -> OptionError:
    return OptionError(
        f"the picture in {name} has {size / 1e6:.0f} MB",
        hint=f"At most {MOST_BYTES >> 20} MiB are shown: save a smaller one.",
    )


def _name(file: SoundSource) -> str:
    return "the sound" if isinstance(file, bytes) else Path(str(file)).name
