"""A Python composition that paints nothing but its frame number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tests.barcode import draw_frame_number

if TYPE_CHECKING:
    from helios.sources.python import FrameContext


def draw(frame: int, context: FrameContext) -> NDArray[np.uint8]:
    """The bar code of a frame at the size asked for."""
    return draw_frame_number(frame, context.width, context.height)
