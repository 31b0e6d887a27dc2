"""Animated images: every frame at its time, transparency kept, no error that adds up."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.films import HEIGHT, WIDTH, encode_parts, number_in, numbered, settings

from helios.encode.encoder import ChunkEncoder
from helios.merge.join import join_parts
from helios.merge.parts import Part
from helios.model.picture import Alpha, Picture, PixelFormat


def read(path: Path) -> tuple[list[NDArray[np.uint8]], list[float]]:
    """All frames as RGBA, and how long each is shown in milliseconds."""
    pictures, lengths = [], []
    with Image.open(path) as image:
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            image.load()
            lengths.append(float(image.info["duration"]))
            pictures.append(np.asarray(image.convert("RGBA")))
    return pictures, lengths


@pytest.mark.parametrize(
    ("suffix", "worst", "mean"), [("gif", 60, 8), ("apng", 0, 0), ("webp", 60, 2.5)]
)
def test_every_frame_is_there_at_its_time(
    tmp_path: Path, suffix: str, worst: int, mean: float
) -> None:
    parts = encode_parts(tmp_path, settings(suffix), [11, 1, 18])
    heard: list[int] = []
    result = join_parts(parts, tmp_path / f"film.{suffix}", on_packet=heard.append)
    assert (result.frame_count, result.fps) == (30, 30)
    assert heard == list(range(1, 31))
    pictures, lengths = read(result.path)
    assert [number_in(p) for p in pictures] == list(range(30))
    assert abs(sum(lengths) - 1000) <= 10
    assert max(abs(length - 1000 / 30) for length in lengths) <= 10
    for number, picture in enumerate(pictures):
        error = np.abs(picture[..., :3].astype(int) - numbered(number))
        assert error.mean() <= mean
        assert np.percentile(error, 99) <= worst


def test_an_animation_plays_for_ever(tmp_path: Path) -> None:
    parts = encode_parts(tmp_path, settings("gif"), [3])
    for suffix in ("gif", "apng", "webp"):
        with Image.open(join_parts(parts, tmp_path / f"film.{suffix}").path) as image:
            assert image.info["loop"] == 0


def test_a_fast_gif_keeps_every_second_frame(tmp_path: Path) -> None:
    parts = encode_parts(tmp_path, settings("gif", Fraction(60)), [20])
    result = join_parts(parts, tmp_path / "film.gif")
    pictures, lengths = read(result.path)
    assert [number_in(p) for p in pictures] == list(range(0, 20, 2))
    assert min(lengths) >= 20
    assert result.frame_count == 20


def transparent_parts(folder: Path, suffix: str) -> list[Part]:
    """Six frames whose lower left corner is transparent."""
    parts = []
    for index in range(2):
        path = folder / f"{index}.mkv"
        with ChunkEncoder(path, settings(suffix, transparent=True)) as encoder:
            for number in range(index * 3, index * 3 + 3):
                pixels = np.dstack([numbered(number), np.full((HEIGHT, WIDTH), 255, np.uint8)])
                pixels[HEIGHT // 2 :, : WIDTH // 4, 3] = 0
                encoder.write(
                    Picture(
                        frame=number,
                        width=WIDTH,
                        height=HEIGHT,
                        format=PixelFormat.RGBA,
                        planes=(pixels,),
                        alpha=Alpha.STRAIGHT,
                    )
                )
        parts.append(Part(path))
    return parts


@pytest.mark.parametrize("suffix", ["gif", "apng", "webp"])
def test_transparency_is_kept(tmp_path: Path, suffix: str) -> None:
    result = join_parts(transparent_parts(tmp_path, suffix), tmp_path / f"film.{suffix}")
    with Image.open(result.path) as image:
        assert getattr(image, "n_frames", 1) == 6
        first = np.asarray(image.convert("RGBA"))
    np.testing.assert_array_equal(first[HEIGHT // 2 + 1 :, : WIDTH // 4 - 1, 3], 0)
    np.testing.assert_array_equal(first[: HEIGHT // 2, :, 3], 255)
    np.testing.assert_array_equal(first[:, WIDTH // 4 :, 3], 255)


def test_an_apng_with_transparency_shows_every_frame(tmp_path: Path) -> None:
    result = join_parts(transparent_parts(tmp_path, "apng"), tmp_path / "film.apng")
    with av.open(os.fspath(result.path)) as container:
        frames = [np.asarray(f.to_ndarray(format="rgba")) for f in container.decode(video=0)]
    assert [number_in(f) for f in frames] == list(range(6))


def test_any_film_can_become_an_animation(tmp_path: Path) -> None:
    parts = encode_parts(tmp_path, settings(quality=4), [6])
    pictures, _ = read(join_parts(parts, tmp_path / "film.apng").path)
    assert [number_in(p) for p in pictures] == list(range(6))
    error = np.abs(pictures[3][..., :3].astype(int) - numbered(3))
    assert error.mean() < 4


@pytest.mark.parametrize("suffix", ["gif", "apng", "webp"])
def test_the_same_animation_twice_has_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    parts = encode_parts(tmp_path, settings(suffix), [8])
    first = join_parts(parts, tmp_path / f"a.{suffix}").path.read_bytes()
    assert join_parts(parts, tmp_path / f"b.{suffix}").path.read_bytes() == first
