"""Pictures become frames: the same bytes every time, at any width."""

from __future__ import annotations

import av
import numpy as np
import pytest

from helios.encode.convert import PictureConverter
from helios.media.pictures import plane_view
from helios.model.picture import Picture, PixelFormat

HEIGHT = 60
PLANES = {
    PixelFormat.RGB24: lambda rng, width: (rng.integers(0, 256, (HEIGHT, width, 3)),),
    PixelFormat.BGRA: lambda rng, width: (rng.integers(0, 256, (HEIGHT, width, 4)),),
    PixelFormat.YUV420P: lambda rng, width: (
        rng.integers(16, 236, (HEIGHT, width)),
        rng.integers(16, 240, (HEIGHT // 2, width // 2)),
        rng.integers(16, 240, (HEIGHT // 2, width // 2)),
    ),
}


def visible(frame: av.VideoFrame) -> bytes:
    if frame.format.name == "bgr0":
        rows = np.frombuffer(memoryview(frame.planes[0]), np.uint8)
        rows = rows.reshape(frame.height, -1)[:, : frame.width * 4]
        return rows.reshape(frame.height, frame.width, 4)[..., :3].tobytes()
    planes = [plane_view(frame, index) for index in range(len(frame.planes))]
    return b"".join(np.ascontiguousarray(plane).tobytes() for plane in planes)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuv420p10le", "bgr0"])
@pytest.mark.parametrize("source", list(PLANES))
def test_every_column_is_defined_at_every_width(source: PixelFormat, pixel_format: str) -> None:
    rng = np.random.default_rng(7)
    for width in (2, 6, 34, 50, 66, 322):
        planes = tuple(plane.astype(np.uint8) for plane in PLANES[source](rng, width))
        picture = Picture(frame=0, width=width, height=HEIGHT, format=source, planes=planes)
        converter = PictureConverter(pixel_format, width, HEIGHT)
        seen = set()
        for filler in range(0, 256, 37):
            frame = converter.convert(picture)
            seen.add(visible(frame))
            # The next frame is likely to be made in the same memory.
            for plane in frame.planes:
                plane.update(bytes([filler]) * plane.buffer_size)
            del frame
        assert len(seen) == 1, width
