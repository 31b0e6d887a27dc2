"""Show what a film, or a part of one, looks like: one small picture."""

from __future__ import annotations

from fractions import Fraction

from helios.errors import DecodeError
from helios.executors.call import GlanceCall, Reply


def glance(call: GlanceCall) -> Reply:
    """Write the picture.

    Raises:
        DecodeError: the film cannot be read.
    """
    from PIL import Image

    from helios.media.pictures import film_length, picture_at

    fps, count = film_length(call.film)
    frame = min(count - 1, int(Fraction(call.share) * count))
    pixels = picture_at(call.film, float(frame / fps))
    if pixels is None:
        raise DecodeError(f"cannot read {call.film}")
    picture = Image.fromarray(pixels).convert("RGB")
    picture.thumbnail((call.side, call.side))
    picture.save(call.image, quality=80)
    return Reply(event="done")
