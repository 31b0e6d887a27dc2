"""Image sequences: named by frame, lossless, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helios.encode.images import ImageSequenceWriter
from helios.errors import EncodeError, OutputNotWritable
from helios.media.pictures import read_image
from helios.model.picture import Alpha, Picture, PixelFormat


def picture(frame: int, *, channels: int = 3, alpha: Alpha = Alpha.OPAQUE) -> Picture:
    pixels = np.random.default_rng(frame).integers(0, 256, (20, 30, channels), dtype=np.uint8)
    kind = PixelFormat.RGBA if channels == 4 else PixelFormat.RGB24
    return Picture(frame=frame, width=30, height=20, format=kind, planes=(pixels,), alpha=alpha)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_images_are_named_by_frame_and_lossless(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "frames"
    with ImageSequenceWriter(folder, 30, 20, last_frame=120) as writer:
        for frame in range(98, 104):
            writer.write(picture(frame))
    assert names(folder) == [f"{n:05d}.png" for n in range(98, 104)]
    for frame in range(98, 104):
        found = read_image(folder / f"{frame:05d}.png")
        np.testing.assert_array_equal(found, picture(frame).planes[0])
    assert writer.frame_count == 6


def test_long_films_have_longer_names(tmp_path: Path) -> None:
    with ImageSequenceWriter(tmp_path, 30, 20, last_frame=1_234_567) as writer:
        writer.write(picture(5))
    assert names(tmp_path) == ["0000005.png"]


def test_png_keeps_straight_alpha_when_asked(tmp_path: Path) -> None:
    drawn = picture(1, channels=4, alpha=Alpha.STRAIGHT)
    with ImageSequenceWriter(tmp_path, 30, 20, transparent=True) as writer:
        writer.write(drawn)
    np.testing.assert_array_equal(read_image(tmp_path / "00001.png"), drawn.planes[0])


def test_png_without_alpha_is_over_black(tmp_path: Path) -> None:
    drawn = picture(1, channels=4, alpha=Alpha.STRAIGHT)
    with ImageSequenceWriter(tmp_path, 30, 20) as writer:
        writer.write(drawn)
    pixels = drawn.planes[0].astype(float)
    expected = pixels[..., :3] * pixels[..., 3:] / 255
    assert np.abs(read_image(tmp_path / "00001.png") - expected).max() <= 0.51


def test_jpeg_is_close(tmp_path: Path) -> None:
    flat = np.full((20, 30, 3), (200, 90, 30), np.uint8)
    drawn = Picture(frame=3, width=30, height=20, format=PixelFormat.RGB24, planes=(flat,))
    with ImageSequenceWriter(tmp_path, 30, 20, image_format="jpg") as writer:
        writer.write(drawn)
    assert np.abs(read_image(tmp_path / "00003.jpg").astype(int) - flat).max() <= 2


def test_the_same_pictures_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        with ImageSequenceWriter(tmp_path / folder, 30, 20) as writer:
            for frame in range(5):
                writer.write(picture(frame))
    for name in names(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_another_size_is_refused(tmp_path: Path) -> None:
    writer = ImageSequenceWriter(tmp_path, 32, 20)
    with pytest.raises(EncodeError, match="frame 4 is 30x20, not 32x20"):
        writer.write(picture(4))


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputNotWritable, match="cannot write"):
        ImageSequenceWriter(tmp_path / "file" / "frames", 30, 20)
