"""Pictures become frames: the same bytes every time, at any width."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import av
import numpy as np
import pytest
from tests.parts import some_part

from helios.encode.convert import PictureConverter, bled
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


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "bgr0"])
@pytest.mark.parametrize("source", list(PLANES))
def test_what_changes_alone_becomes_what_all_of_it_does(
    source: PixelFormat, pixel_format: str
) -> None:
    """Parts down to two pixels, at every place, in pictures that fit the grid and do not."""
    rng = np.random.default_rng(3)
    for width in (2, 14, 34, 64):
        planes = tuple(plane.astype(np.uint8) for plane in PLANES[source](rng, width))
        picture = Picture(frame=0, width=width, height=HEIGHT, format=source, planes=planes)
        converter = PictureConverter(pixel_format, width, HEIGHT)
        for frame in (*range(20), *range(25, 28)):
            parts = () if frame % 5 == 4 else tuple(some_part(rng, width, HEIGHT) for _ in range(2))
            for part, (index, plane) in product(parts, enumerate(planes)):
                place = part.within(plane, 2 if index else 1)
                place[...] = rng.integers(16, 236, place.shape)
            known = parts if frame not in (0, 7) else None
            found = converter.convert(replace(picture, frame=frame, changed=known))
            whole = PictureConverter(pixel_format, width, HEIGHT).convert(picture)
            assert visible(found) == visible(whole), (width, frame, parts)
            if frame == 19:
                planes[0][0, 0] += 1  # in a frame that it is not given


def test_colour_spreads_to_what_is_clear_up_to_every_edge() -> None:
    """A codec of 4:2:0 mixes neighbours; their colour must be that of what is seen."""
    for height, width in ((16, 16), (12, 16), (16, 12), (10, 18)):
        pixels = np.zeros((height, width, 4), np.uint8)
        pixels[::2, ::2] = (200, 40, 90, 255)
        assert (bled(pixels)[..., :3] == (200, 40, 90)).all(), (height, width)
        assert (bled(pixels)[..., 3] == pixels[..., 3]).all()


def test_frames_say_how_their_colours_are_meant() -> None:
    pixels = np.zeros((HEIGHT, 64, 3), np.uint8)
    picture = Picture(frame=0, width=64, height=HEIGHT, format=PixelFormat.RGB24, planes=(pixels,))
    video = PictureConverter("yuv420p", 64, HEIGHT).convert(picture)
    assert (video.colorspace, video.color_primaries, video.color_trc) == (1, 1, 1)
    assert video.color_range == 1
    image = PictureConverter("rgb24", 64, HEIGHT).convert(picture)
    assert (image.color_primaries, image.color_trc) == (1, 13)


def test_what_names_no_matrix_is_read_as_bt_709() -> None:
    frame = av.VideoFrame(64, HEIGHT, "yuv420p")
    for index, level in enumerate((63, 102, 240)):  # red
        plane_view(frame, index)[:] = level
    assert frame.colorspace == 2
    found = PictureConverter("rgb24", 64, HEIGHT).convert_frame(frame, 0).to_ndarray()
    assert np.abs(found.astype(int) - (255, 0, 0)).max() <= 2
