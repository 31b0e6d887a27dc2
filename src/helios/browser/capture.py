"""Frames of an open page as pictures, one class per method; all lossless and exact."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import cycle, islice, zip_longest
from typing import TYPE_CHECKING, Protocol

import numpy as np

from helios.browser import stage
from helios.browser.page import Asked, Page
from helios.browser.ring import SLOTS, Ring, open_ring
from helios.browser.screenshot import Box, Screenshots
from helios.browser.stage import Misfit, Written
from helios.errors import CaptureError, CaptureRefused
from helios.model.picture import Alpha, Picture, PixelFormat

if TYPE_CHECKING:
    from numpy.typing import NDArray

AHEAD = 2
"""Steps asked for before the first is consumed."""


class MethodMisfit(Exception):
    """A frame that this way of capturing cannot give as the page shows it."""

    def __init__(self, frame: int, reason: str, *, is_spoilt: bool) -> None:
        """``is_spoilt``: nor any frame after it, for the page is no longer what it would be."""
        super().__init__(f"frame {frame}: {reason}")
        self.frame, self.reason, self.is_spoilt = frame, reason, is_spoilt


class Capture(Protocol):
    """A way to get frames out of an open page, in order."""

    def frames(self, numbers: Sequence[int]) -> Iterator[Picture]:
        """These frames, rising; the page has lived through those before the first, or needs none.

        Raises:
            MethodMisfit: this frame is another method's; the page has lived through it.
        """
        ...


class _ReadCapture:
    """Frames that the page itself hands over, a few asked for ahead."""

    def __init__(self, page: Page, *, shared_memory: bool) -> None:
        self._page = page
        can_share = shared_memory and page.has_files
        self.ring: Ring | None = open_ring(page) if can_share else None
        if self.ring is None:
            page.evaluate(stage.open_blobs())
        self._slots = cycle(range(SLOTS))

    def frames(self, numbers: Sequence[int]) -> Iterator[Picture]:
        """See ``Capture``."""
        ahead = AHEAD if self.ring is not None else 0
        waiting: deque[tuple[Asked[Written | Misfit], int]] = deque()
        coming = iter(numbers)
        self._page.evaluate(stage.start_reading())
        for frame in numbers:
            for posted in islice(coming, ahead + 1 - len(waiting)):
                slot = next(self._slots)
                waiting.append((self._page.ask(stage.grab(posted, slot)), slot))
            asked, slot = waiting.popleft()
            taken = self._page.answer(asked, f"frame {frame}", frame=frame)
            if isinstance(taken, Misfit):
                for following, _ in waiting:
                    self._page.answer(following, f"frame {frame}", frame=frame)
                raise MethodMisfit(frame, taken.reason, is_spoilt=taken.is_spoilt)
            yield self._picture(frame, slot, taken)

    def _finish(self, pixels: NDArray[np.uint8], _taken: Written) -> NDArray[np.uint8]:
        return pixels

    def _picture(self, frame: int, slot: int, taken: Written) -> Picture:
        settings = self._page.settings
        pixels = self.ring.read(frame, slot) if self.ring is not None else self._from_blob()
        return Picture(
            frame=frame,
            width=settings.width,
            height=settings.height,
            format=PixelFormat.RGBA if taken.format.startswith("RGB") else PixelFormat.BGRA,
            planes=(self._finish(pixels, taken),),
            alpha=_meaning(is_kept=settings.transparent and not taken.format.endswith("X")),
        )

    def _from_blob(self) -> NDArray[np.uint8]:
        settings = self._page.settings
        pixels = np.frombuffer(self._page.read_blob(stage.BLOB), np.uint8)
        if pixels.size != settings.width * settings.height * 4:
            raise CaptureError(f"a frame arrived with {pixels.size} bytes")
        return pixels.reshape(settings.height, settings.width, 4)


class DirectCapture(_ReadCapture):
    """Reads one canvas in the step that drew it."""

    def __init__(
        self,
        page: Page,
        selector: str | None,
        *,
        shared_memory: bool = True,
        watch: bool = False,
    ) -> None:
        """``watch``: look at every frame whether the canvas is all that the page shows."""
        self.canvas = page.evaluate(stage.open_canvas(selector))
        if self.canvas.error:
            named = f" {selector!r}" if selector else ""
            raise CaptureRefused(
                f"the page has no canvas{named}"
                if self.canvas.error == "missing"
                else f"{selector!r} is not a canvas",
                hint=page.events.console_tail() or "Capture the whole page with --mode dom.",
            )
        if watch:
            page.evaluate(stage.watch_canvas())
        super().__init__(page, shared_memory=shared_memory)

    def _finish(self, pixels: NDArray[np.uint8], taken: Written) -> NDArray[np.uint8]:
        if not self.canvas.gl:
            return pixels
        # OpenGL counts rows from the bottom.
        pixels = np.ascontiguousarray(pixels[::-1])
        if not self.canvas.premultiplied:
            pixels = _premultiplied(pixels)
        return _over(pixels, taken.behind)


class PaintCapture(_ReadCapture):
    """Reads the canvas that the whole page is drawn into; the page was opened inside it."""

    def __init__(self, page: Page, *, shared_memory: bool = True) -> None:
        if not page.evaluate(stage.open_paint(not page.server.blurs)):
            raise CaptureError(
                "this browser cannot draw a page into a canvas",
                hint="Use --capture beginframe or --capture screenshot.",
            )
        super().__init__(page, shared_memory=shared_memory)
        if self.ring is not None:
            page.evaluate(stage.paint_aside())
        # A canvas leaves pictures of other origins out; frames are right until the first arrives.
        page.server.before_foreign = self._spoil
        if page.server.foreign:
            self._spoil()

    def _spoil(self) -> None:
        self._page.tell(stage.spoil())


def _meaning(*, is_kept: bool) -> Alpha:
    """What the fourth channel of pixels from a canvas means."""
    return Alpha.PREMULTIPLIED if is_kept else Alpha.OPAQUE


def _premultiplied(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Straight (H, W, 4) pixels as the browser would lay them over something."""
    result = pixels.copy()
    result[:, :, :3] = (pixels[:, :, :3].astype(np.uint16) * pixels[:, :, 3:] + 127) // 255
    return result


def _over(pixels: NDArray[np.uint8], behind: Sequence[int]) -> NDArray[np.uint8]:
    """Premultiplied pixels over a straight colour, with the rounding of Chromium's compositor.

    ``behind`` is (red, green, blue, alpha).
    """
    if pixels[:, :, 3].min() == 255 or behind[3] == 0:
        return pixels
    uncovered = 256 - pixels[:, :, 3:].astype(np.uint32)
    colour = np.array([*(round(c * behind[3] / 255) for c in behind[:3]), behind[3]], np.uint16)
    return (pixels + ((uncovered * colour) >> 8)).clip(0, 255).astype(np.uint8)


class PaintedCapture:
    """Pictures of the painted page: beginFrame where frames are drawn on command, else plain."""

    def __init__(self, page: Page, box: Box | None = None, *, watch: bool = False) -> None:
        """``watch``: give up at the first frame after ``start`` that one canvas is all of."""
        self._page = page
        self._shots = Screenshots(page, box)
        if watch:
            page.evaluate(stage.watch_canvas())

    def frames(self, numbers: Sequence[int]) -> Iterator[Picture]:
        """See ``Capture``. What is there before the first is drawn, so that chunks have no seam."""
        if not numbers:
            return
        if numbers[0]:
            self._shots.draw(f"frame {numbers[0] - 1}")
        self._shots.warm_up()
        settings = self._page.settings
        self._page.step(numbers[0])
        for frame, after in zip_longest(numbers, numbers[1:]):
            what = f"frame {frame}"
            data = self._shots.take_data(what)
            self._page.raise_page_errors(what, frame)
            following = None
            if after is not None:
                following = self._page.ask(stage.step(after))
            image = self._shots.pixels(data)
            has_alpha = image.shape[2] == 4
            yield Picture(
                frame=frame,
                width=settings.width,
                height=settings.height,
                format=PixelFormat.RGBA if has_alpha else PixelFormat.RGB24,
                planes=(np.ascontiguousarray(image),),
                alpha=Alpha.STRAIGHT if has_alpha and settings.transparent else Alpha.OPAQUE,
            )
            if following is None:
                continue
            if self._page.answer(following, f"frame {after}", frame=after):
                raise MethodMisfit(after, "one canvas fills the picture", is_spoilt=False)
