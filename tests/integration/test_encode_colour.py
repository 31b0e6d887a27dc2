"""Colours as a BT.709 player sees them: at most 0.6 levels off on average."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.films import rgb, settings

from helios.encode.encoder import ChunkEncoder
from helios.media.pictures import decode_pictures
from helios.model.picture import Alpha, Picture, PixelFormat

CELL, COLUMNS, ROWS = 16, 20, 12
COLOURS = np.concatenate(
    [
        np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [128] * 3]),
        np.random.default_rng(3).integers(0, 256, (COLUMNS * ROWS - 6, 3)),
    ]
).astype(np.uint8)


def patches(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture of flat 16 x 16 patches."""
    grid = values.reshape(ROWS, COLUMNS, -1)
    return np.ascontiguousarray(np.repeat(np.repeat(grid, CELL, 0), CELL, 1))


def middles(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The colour in the middle of each patch."""
    found = pixels[CELL // 2 :: CELL, CELL // 2 :: CELL].reshape(COLUMNS * ROWS, -1)
    return found.astype(np.int64)


def round_trip(path: Path, picture: Picture, container: str, **options: object) -> Picture:
    encoding = settings(container, width=CELL * COLUMNS, height=CELL * ROWS, **options)
    with ChunkEncoder(path, encoding) as encoder:
        encoder.write(picture)
    (decoded,) = decode_pictures(path)
    return decoded


def four(
    colours: NDArray[np.uint8], coverage: NDArray[np.uint8], kind: PixelFormat, alpha: Alpha
) -> Picture:
    pixels = np.dstack([patches(colours), patches(coverage[:, None])[..., 0]])
    if kind is PixelFormat.BGRA:
        pixels = np.ascontiguousarray(pixels[..., [2, 1, 0, 3]])
    height, width = pixels.shape[:2]
    return Picture(frame=0, width=width, height=height, format=kind, planes=(pixels,), alpha=alpha)


@pytest.mark.parametrize(
    ("container", "codec", "quality", "pixel_format"),
    [
        ("mp4", "h264", 2, "yuv420p"),
        ("mp4", "h264", 2, "yuv420p10le"),
        ("mp4", "h264", 2, "yuv444p"),
        ("mp4", "hevc", 2, "yuv420p"),
        ("mp4", "hevc", 2, "yuv420p10le"),
        ("mp4", "av1", 2, "yuv420p"),
        ("webm", "vp9", 2, "yuv420p"),
        ("mov", "prores", None, "yuv422p10le"),
    ],
)
def test_flat_patches_come_back(
    tmp_path: Path, container: str, codec: str, quality: int | None, pixel_format: str
) -> None:
    decoded = round_trip(
        tmp_path / "film",
        rgb(patches(COLOURS)),
        container,
        video_codec=codec,
        quality=quality,
        pixel_format=pixel_format,
    )
    error = np.abs(middles(decoded.planes[0]) - COLOURS)
    assert error.mean() <= 0.6
    assert error.max() <= 4


@pytest.mark.parametrize("kind", [PixelFormat.RGBA, PixelFormat.BGRA])
def test_four_channels_have_the_same_colours_as_three(tmp_path: Path, kind: PixelFormat) -> None:
    ignored = np.random.default_rng(1).integers(0, 256, len(COLOURS)).astype(np.uint8)
    picture = four(COLOURS, ignored, kind, Alpha.OPAQUE)
    decoded = round_trip(tmp_path / "film", picture, "mp4", quality=2)
    assert np.abs(middles(decoded.planes[0]) - COLOURS).mean() <= 0.6


COVERAGE = np.random.default_rng(2).integers(0, 256, len(COLOURS)).astype(np.uint8)
COVERAGE[:4] = 0, 1, 128, 255


def over_black(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    return colours * (COVERAGE[:, None] / 255)


def premultiplied() -> NDArray[np.uint8]:
    return np.rint(over_black(COLOURS)).astype(np.uint8)


@pytest.mark.parametrize(
    ("colours", "alpha"),
    [(lambda: COLOURS, Alpha.STRAIGHT), (premultiplied, Alpha.PREMULTIPLIED)],
    ids=["straight", "premultiplied"],
)
def test_films_without_alpha_show_the_picture_over_black(
    tmp_path: Path, colours: Callable[[], NDArray[np.uint8]], alpha: Alpha
) -> None:
    picture = four(colours(), COVERAGE, PixelFormat.RGBA, alpha)
    decoded = round_trip(tmp_path / "film", picture, "mkv", video_codec="ffv1")
    assert np.abs(middles(decoded.planes[0]) - over_black(COLOURS)).max() <= 0.51


@pytest.mark.parametrize(
    ("colours", "alpha"),
    [(lambda: COLOURS, Alpha.STRAIGHT), (premultiplied, Alpha.PREMULTIPLIED)],
    ids=["straight", "premultiplied"],
)
@pytest.mark.parametrize(
    ("container", "codec", "pixel_format", "quality", "alpha_error", "colour_error"),
    [
        ("mkv", "ffv1", "bgra", None, 0, 0),
        ("mov", "prores", "yuva444p10le", None, 0, 3),
        ("webm", "vp9", "yuva420p", 0, 1, 4),
    ],
)
def test_alpha_is_straight_and_right(
    tmp_path: Path,
    colours: Callable[[], NDArray[np.uint8]],
    alpha: Alpha,
    container: str,
    codec: str,
    pixel_format: str,
    quality: int | None,
    alpha_error: int,
    colour_error: int,
) -> None:
    picture = four(colours(), COVERAGE, PixelFormat.BGRA, alpha)
    decoded = round_trip(
        tmp_path / "film",
        picture,
        container,
        video_codec=codec,
        pixel_format=pixel_format,
        quality=quality,
    )
    assert (decoded.format, decoded.alpha) == (PixelFormat.RGBA, Alpha.STRAIGHT)
    found = middles(decoded.planes[0])
    assert np.abs(found[:, 3] - COVERAGE).max() <= alpha_error
    # Premultiplied 8-bit colour is only as exact as its alpha allows.
    slack = 0 if alpha is Alpha.STRAIGHT else 0.5 + 128 / np.maximum(COVERAGE, 1)
    excess = np.abs(found[:, :3] - COLOURS).max(axis=1) - slack
    assert excess[COVERAGE > 0].max() <= colour_error


def test_opaque_pictures_are_opaque_in_a_film_with_alpha(tmp_path: Path) -> None:
    picture = four(COLOURS, COVERAGE, PixelFormat.RGBA, Alpha.OPAQUE)
    decoded = round_trip(tmp_path / "film", picture, "mkv", video_codec="ffv1", pixel_format="bgra")
    found = middles(decoded.planes[0])
    np.testing.assert_array_equal(found[:, :3], COLOURS)
    assert set(found[:, 3]) == {255}


def test_ten_bits_hold_more_levels_than_eight(tmp_path: Path) -> None:
    import av

    from helios.media.pictures import plane_view

    ramp = np.tile(np.arange(0, 64, 0.2), (192, 1))[:, :320]
    ten = np.rint(64 + ramp / 255 * 876).astype(np.uint16)
    half = np.full((96, 160), 512, np.uint16)
    picture = Picture(
        frame=0, width=320, height=192, format=PixelFormat.YUV420P10, planes=(ten, half, half)
    )
    encoding = settings(
        "mp4", width=320, height=192, video_codec="hevc", quality=0, pixel_format="yuv420p10le"
    )
    with ChunkEncoder(tmp_path / "film", encoding) as encoder:
        encoder.write(picture)
    with av.open(str(tmp_path / "film")) as container:
        luma = plane_view(next(container.decode(video=0)), 0)
    assert np.abs(luma.astype(int) - ten).max() <= 1
    assert len(np.unique(luma)) > 200
