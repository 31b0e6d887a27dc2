"""Whether anything ever changes in what is drawn: a film that stands still is seldom meant."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import starmap
from typing import TYPE_CHECKING

from helios.model.composition import CompositionKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from helios.commit.record import CommitRecord
    from helios.model.picture import Picture

BLANK = "blank"
"""In place of a picture's digest: all of it has one colour."""

_ROWS = 32


class Stillness:
    """Compares the pictures of a chunk with its first, until one differs."""

    def __init__(self) -> None:
        self._first: tuple[NDArray[np.generic], ...] | None = None
        self._is_still = True

    def see(self, picture: Picture) -> None:
        """Take one more picture into account."""
        if self._first is None:
            self._first = tuple(plane.copy() for plane in picture.planes)
        elif self._is_still:
            pairs = zip(self._first, picture.planes, strict=False)
            self._is_still = all(starmap(_are_equal, pairs))
            if not self._is_still:
                self._first = ()

    def name(self) -> str:
        """The one picture's digest, or ``BLANK``; empty if there were several."""
        if self._first is None or not self._is_still:
            return ""
        if all((plane == plane[:1, :1]).all() for plane in self._first):
            colour = b"".join(plane[:1, :1].tobytes() for plane in self._first)
            return f"{BLANK} {colour.hex()}"
        digest = hashlib.sha256()
        for plane in self._first:
            digest.update(plane.tobytes())
        return digest.hexdigest()


def _are_equal(before: NDArray[np.generic], now: NDArray[np.generic]) -> bool:
    # A page whose film goes over to another method has other planes from there on.
    if before.shape != now.shape:
        return False
    # Most pictures differ in their first rows already.
    rows = range(0, len(now), _ROWS)
    return all((before[row : row + _ROWS] == now[row : row + _ROWS]).all() for row in rows)


def stillness_warnings(
    kind: CompositionKind, records: Sequence[CommitRecord | None]
) -> tuple[str, ...]:
    """What to say of a page's film in which nothing ever changes.

    Args:
        kind: of what draws it.
        records: of all its chunks.
    """
    frames = sum(record.frame_count for record in records if record)
    if kind is not CompositionKind.PAGE or frames < 2:
        return ()
    names = {record.still if record is not None else "" for record in records}
    if len(names) != 1 or "" in names:
        return ()
    (name,) = names
    if name.startswith(BLANK):
        return ("the film is blank: every frame has one and the same colour throughout",)
    return ("nothing changes in the film: every frame is the same picture",)
