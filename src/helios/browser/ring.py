"""Frames out of the browser through a file that both sides have in memory."""

from __future__ import annotations

import mmap
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from helios.browser import stage
from helios.browser.page import Page
from helios.errors import CaptureError, HeliosError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEADER_BYTES = 4096
_MARKS_AT = 64
SLOTS = 6


class Ring:
    """Our view of the file that the page's worker writes. Slots are (height, width, 4) uint8."""

    def __init__(self, memory: mmap.mmap, width: int, height: int) -> None:
        self._memory = memory
        self._shape = (height, width, 4)
        self._marks = np.frombuffer(memory, np.uint32, SLOTS, _MARKS_AT)

    def read(self, frame: int, index: int) -> NDArray[np.uint8]:
        """The pixels of ``frame`` in slot ``index``; valid until it is written again.

        Raises:
            CaptureError: the slot holds another frame.
        """
        if int(self._marks[index]) != (frame + 1) & 0xFFFFFFFF:
            raise CaptureError(f"frame {frame} did not arrive in shared memory")
        size = self._shape[0] * self._shape[1] * 4
        start = HEADER_BYTES + index * size
        return np.frombuffer(self._memory, np.uint8, size, start).reshape(self._shape)


def open_ring(page: Page) -> Ring | None:
    """Set up the shared file; None where the browser has no such storage for this page.

    What a page before it in its tab has set up is used again.
    """
    if page.tab.ring is None:
        page.tab.ring = _new_ring(page)
    return page.tab.ring


def _new_ring(page: Page) -> Ring | None:
    token = secrets.token_hex(16)
    name = f"helios-{token}"
    try:
        opening = stage.open_ring(name, token, SLOTS)
        page.evaluate(opening, "opening shared memory", timeout_s=5)
    except HeliosError:
        return None
    path = _find(page.browser.profile, token.encode())
    if path is None:
        return None
    settings = page.settings
    size = HEADER_BYTES + SLOTS * settings.width * settings.height * 4
    try:
        with path.open("rb") as stream:
            memory = mmap.mmap(stream.fileno(), size, access=mmap.ACCESS_READ)
        # Both sides hold it open; without a name it is gone with the last of them.
        path.unlink(missing_ok=True)
    except (OSError, ValueError):
        return None
    return Ring(memory, settings.width, settings.height)


def _find(profile: Path, token: bytes) -> Path | None:
    """The file of the origin's private file system that starts with ``token``."""
    for base in profile.glob("*/File System"):
        for path in base.rglob("*"):
            try:
                if path.is_file():
                    with path.open("rb") as stream:
                        if stream.read(len(token)) == token:
                            return path
            except OSError:
                continue
    return None
