"""Digests of some pictures of a chunk, by which anybody can see that he draws the same."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from helios.executors.call import ChunkRange
    from helios.model.picture import Picture


def sampled(chunk: ChunkRange) -> frozenset[int]:
    """The frames that count: the first and another by chance, always the same of a chunk.

    Both of a pair are, so that who draws a frame and the one before it anew can compare both.
    More of them would be felt: to digest a picture takes as long as a tenth of drawing it.
    """
    chance = random.Random(chunk.settings_digest)  # noqa: S311 - no secret
    frames = range(chunk.start_frame, chunk.end_frame)
    return frozenset({frames[0], chance.choice(frames[1:] or frames)})


def picture_digest(picture: Picture) -> str:
    """Of all that is in a picture."""
    digest = hashlib.sha256(f"{picture.format} {picture.width} {picture.height}".encode())
    for plane in picture.planes:
        digest.update(np.ascontiguousarray(plane).data)
    return digest.hexdigest()[:32]
