"""Digests of some pictures of a chunk, by which anybody can see that he draws the same."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helios.executors.call import ChunkRange
    from helios.model.picture import Picture

_BY_CHANCE = 2


def sampled(chunk: ChunkRange) -> frozenset[int]:
    """The frames that count: the first, the last and some between, always the same of a chunk."""
    chance = random.Random(chunk.settings_digest)  # noqa: S311 - no secret
    frames = range(chunk.start_frame, chunk.end_frame)
    some = chance.sample(frames, min(_BY_CHANCE, len(frames)))
    return frozenset({frames[0], frames[-1], *some})


def picture_digest(picture: Picture) -> str:
    """Of all that is in a picture."""
    digest = hashlib.sha256(f"{picture.format} {picture.width} {picture.height}".encode())
    for plane in picture.planes:
        digest.update(plane.tobytes())
    return digest.hexdigest()[:32]
