"""What the page looks like, as the browser paints it."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from helios.browser import stage
from helios.browser.page import Page
from helios.browser.png import decode_png
from helios.browser.protocol import Message
from helios.errors import CaptureError, CaptureRefused, StepTimeout

if TYPE_CHECKING:
    from concurrent.futures import Future

    from numpy.typing import NDArray

_PNG: Message = {"format": "png", "optimizeForSpeed": True}
WARM_UP = 2
# A frame now and then comes without its picture, mostly among a tab's first.
_TRIES = 10
_RETRY_AFTER_S = 0.02
_STALL_S = 4.0


class PictureStalled(StepTimeout):
    """The browser began to draw a picture and never ended; a fresh tab draws it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A part of the picture, in pixels."""

    x: float
    y: float
    width: float
    height: float


class Screenshots:
    """Takes pictures of one page, with or without control over its frames."""

    def __init__(self, page: Page, box: Box | None = None) -> None:
        self._page = page
        self._box = box
        self._on_command = page.browser.draws_on_command

    def warm_up(self) -> None:
        """The first pictures of a tab may differ by a shade: take and drop them."""
        for _ in range(WARM_UP):
            self.take("warming up")

    def take(self, what: str) -> NDArray[np.uint8]:
        """A picture of the page as it is now, (H, W, 3 or 4) uint8.

        Raises:
            CaptureError: the browser gave none.
            StepTimeout: not in time.
        """
        return self.pixels(self.take_data(what))

    def take_data(self, what: str) -> bytes:
        """The same, still as PNG."""
        if self._on_command:
            return self._from_frame(what)
        self._page.evaluate(stage.two_frames(), what, self._page.frame_limit_s)
        params = {**_PNG, "captureBeyondViewport": False, "fromSurface": True}
        reply = self._reply(self._page.send("Page.captureScreenshot", params), what)
        return _data(reply["data"])

    def draw(self, what: str) -> None:
        """Draw to the end, without a picture."""
        if self._on_command:
            self._reply(self._page.driver.paint(), what)
        else:
            self._page.evaluate(stage.two_frames(), what, self._page.frame_limit_s)

    def pixels(self, data: bytes) -> NDArray[np.uint8]:
        """The part of the page that is the picture, at the film's size."""
        settings = self._page.settings
        image = decode_png(data)
        if self._box is None:
            width, height = settings.painted
            if image.shape[:2] != (height, width):
                raise CaptureError(
                    f"the browser painted {image.shape[1]}x{image.shape[0]} pixels "
                    f"instead of {width}x{height}"
                )
            return _resized(image, settings.width, settings.height)
        channels = 4 if settings.transparent and image.shape[2] == 4 else 3
        return _fit(image[:, :, :channels], self._box, settings.width, settings.height)

    def _from_frame(self, what: str) -> bytes:
        for _ in range(_TRIES):
            reply = self._reply(self._page.driver.paint(_PNG), what)
            if "screenshotData" in reply:
                return _data(reply["screenshotData"])
            time.sleep(_RETRY_AFTER_S)
            self._page.raise_page_errors(what)
        raise CaptureError(f"{what}: the browser drew no picture")

    def _reply(self, future: Future[Message], what: str) -> Message:
        self._page.events.watch(future)
        try:
            return self._page.wait(future, min(self._page.frame_limit_s, _STALL_S), what)
        except StepTimeout as error:
            raise PictureStalled(f"{what}: the browser did not finish drawing") from error


def _data(value: Any) -> bytes:
    return base64.b64decode(value) if isinstance(value, str) else bytes(value)


def _resized(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The same picture, each pixel the mean of what it covers."""
    if image.shape[:2] == (height, width):
        return image
    from PIL import Image

    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BOX))


def _fit(image: NDArray[np.uint8], box: Box, width: int, height: int) -> NDArray[np.uint8]:
    """The box, scaled to fill ``width`` x ``height`` as far as its shape allows.

    The rest is black, or transparent where there is alpha.
    """
    left, top = round(box.x), round(box.y)
    right, bottom = round(box.x + box.width), round(box.y + box.height)
    part = image[max(0, top) : bottom, max(0, left) : right]
    if part.size == 0:
        raise CaptureRefused(
            "the selected element is outside the picture",
            hint="Give a --selector of what is seen, or a larger --width and --height.",
        )
    if part.shape[:2] == (height, width):
        return part
    from PIL import Image

    scale = min(width / part.shape[1], height / part.shape[0])
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    scaled = np.asarray(Image.fromarray(part).resize(size, Image.Resampling.LANCZOS))
    canvas = np.zeros((height, width, image.shape[2]), np.uint8)
    y, x = (height - size[1]) // 2, (width - size[0]) // 2
    canvas[y : y + size[1], x : x + size[0]] = scaled
    return canvas
