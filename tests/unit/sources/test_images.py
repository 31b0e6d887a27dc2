"""Numbered images as frames: all of them, in order, of one size."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helios.errors import CompositionNotFound, DecodeError, LoadError
from helios.media.pictures import read_image
from helios.model.picture import Alpha, PixelFormat
from helios.sources.images import ImageSource


def save(folder: Path, names: Sequence[str], mode: str = "RGB") -> None:
    for level, name in enumerate(names):
        colour = (level * 10, 50, 60, 128)[: len(mode)]
        Image.new(mode, (8, 6), colour if len(mode) > 1 else level * 10).save(folder / name)


def levels(found: ImageSource) -> list[int]:
    return [int(p.planes[0][0, 0, 0]) for p in found.frames(0, found.frame_count)]


@pytest.mark.parametrize("pattern", ["%05d.png", "*.png", "", "%d.png"])
def test_pattern_glob_and_folder_find_the_same(tmp_path: Path, pattern: str) -> None:
    save(tmp_path, ["00000.png", "00001.png", "00002.png"])
    (tmp_path / "notes.txt").write_text("not an image")
    found = ImageSource(pattern, tmp_path)
    assert (found.width, found.height, found.frame_count) == (8, 6, 3)
    assert levels(found) == [0, 10, 20]


def test_a_portrait_image_among_landscape_ones_is_named(tmp_path: Path) -> None:
    save(tmp_path, ["0.png"])
    Image.new("RGB", (6, 8)).save(tmp_path / "1.png")
    with pytest.raises(LoadError, match=r"frame 1 .* is 6x8"):
        list(ImageSource("%d.png", tmp_path).frames(0, 2))


def test_numbers_count_not_letters(tmp_path: Path) -> None:
    save(tmp_path, ["shot2_9.png", "shot2_10.png", "shot2_11.png"])
    assert levels(ImageSource("shot2_*.png", tmp_path)) == [0, 10, 20]


def test_frames_can_start_anywhere(tmp_path: Path) -> None:
    save(tmp_path, [f"{n}.png" for n in range(5)])
    pictures = list(ImageSource("%d.png", tmp_path).frames(3, 2))
    assert [p.frame for p in pictures] == [3, 4]
    assert pictures[0].planes[0][0, 0, 0] == 30


def test_a_missing_number_is_named(tmp_path: Path) -> None:
    save(tmp_path, ["0001.png", "0002.png", "0005.png"])
    with pytest.raises(LoadError, match=r"number 3 is missing: after 0002.png comes 0005.png"):
        ImageSource("%04d.png", tmp_path)


def test_one_number_twice_is_refused(tmp_path: Path) -> None:
    save(tmp_path, ["01.png", "1.png"])
    with pytest.raises(LoadError, match="same number"):
        ImageSource("", tmp_path)


def test_names_without_numbers_are_refused(tmp_path: Path) -> None:
    save(tmp_path, ["cover.png", "back.png"])
    with pytest.raises(LoadError, match="has no number"):
        ImageSource("*.png", tmp_path)


@pytest.mark.parametrize("pattern", ["%05d.png", "nowhere/%05d.png", "*.png", ""])
def test_nothing_there_is_said(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(CompositionNotFound, match="no images at"):
        ImageSource(pattern, tmp_path)


def test_sizes_must_agree(tmp_path: Path) -> None:
    save(tmp_path, ["0.png", "1.png"])
    Image.new("RGB", (8, 8)).save(tmp_path / "2.png")
    with pytest.raises(LoadError, match=r"frame 2 .2.png. is 8x8, but 0.png is 8x6"):
        list(ImageSource("%d.png", tmp_path).frames(0, 3))


def test_a_damaged_image_names_its_frame(tmp_path: Path) -> None:
    save(tmp_path, ["0.png", "1.png"])
    (tmp_path / "1.png").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(LoadError, match=r"frame 1: cannot read image .*1\.png"):
        list(ImageSource("%d.png", tmp_path).frames(0, 2))


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_half_an_image_is_never_shown(tmp_path: Path, damage: str) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "0.png")
    np.testing.assert_array_equal(read_image(tmp_path / "0.png"), noise)
    content = bytearray((tmp_path / "0.png").read_bytes())
    if damage == "cut":
        del content[-5000:]
    else:
        content[5000] ^= 0x55
    (tmp_path / "0.png").write_bytes(content)
    with pytest.raises(DecodeError, match="cannot read image"):
        read_image(tmp_path / "0.png")


def test_beyond_the_end_is_an_error(tmp_path: Path) -> None:
    save(tmp_path, ["0.png"])
    with pytest.raises(LoadError, match="no image for frame 1"):
        list(ImageSource("%d.png", tmp_path).frames(0, 2))


def test_transparency_stays_straight(tmp_path: Path) -> None:
    save(tmp_path, ["0.png"], "RGBA")
    (picture,) = ImageSource("%d.png", tmp_path).frames(0, 1)
    assert (picture.format, picture.alpha) == (PixelFormat.RGBA, Alpha.STRAIGHT)
    assert tuple(picture.planes[0][0, 0]) == (0, 50, 60, 128)


def test_inputs_are_all_images(tmp_path: Path) -> None:
    save(tmp_path, ["0.png", "1.png"])
    found = ImageSource("%d.png", tmp_path)
    assert found.inputs() == tuple(
        (str(p), hashlib.sha256(p.read_bytes()).hexdigest()) for p in sorted(tmp_path.iterdir())
    )
    found.close()


def test_other_kinds_of_images_are_read_as_rgb(tmp_path: Path) -> None:
    save(tmp_path, ["grey.png"], "L")
    assert read_image(tmp_path / "grey.png").shape == (6, 8, 3)
    deep = np.full((6, 8), 257 * 77, np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert set(read_image(tmp_path / "deep.png").flat) == {77}
    levels = np.arange(256, dtype=np.uint16)[None] * 257
    Image.fromarray(levels.repeat(2, 0)).save(tmp_path / "levels.png")
    assert list(read_image(tmp_path / "levels.png")[0, :, 0]) == list(range(256))
    Image.new("P", (8, 6)).save(tmp_path / "palette.png")
    assert read_image(tmp_path / "palette.png").shape == (6, 8, 3)
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(DecodeError, match="cannot read image"):
        read_image(tmp_path / "text.png")
