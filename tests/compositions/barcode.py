"""A Python composition that paints nothing but its frame number."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tests.barcode import draw_frame_number

if TYPE_CHECKING:
    from helios.sources.python import FrameContext


def draw(frame: int, context: FrameContext) -> NDArray[np.uint8]:
    """The bar code of a frame at the size asked for.

    With ``waits_in`` in its props, it makes a file ``waiting`` in that folder and waits for ``go``.
    """
    if waits_in := context.props.get("waits_in"):
        Path(waits_in, "waiting").touch()
        while not Path(waits_in, "go").exists():
            time.sleep(0.01)
    return draw_frame_number(frame, context.width, context.height)
