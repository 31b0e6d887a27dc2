"""Every format that is offered: colours, levels and alpha as they went in, no word of warning."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from tests.films import rgb, settings

import helios
from helios.encode.encoder import ChunkEncoder
from helios.media.pictures import decode_frames, decode_pictures, plane_view, rgb_picture
from helios.media.probe import has_alpha_layer
from helios.model.formats import ANIMATIONS, CONTAINERS, VIDEO_CODECS
from helios.model.picture import Alpha, Picture, PixelFormat

CLICK = Path(__file__).parents[1] / "compositions" / "click.wav"
SOFTWARE = [codec for codec in VIDEO_CODECS if not codec.hardware]
OFFERED = [(codec.encoder, name) for codec in SOFTWARE for name in codec.pixel_formats]
FILMS = [
    (suffix, codec.encoder)
    for codec in SOFTWARE
    for suffix in codec.containers
    if suffix not in ANIMATIONS and codec.encoder != "libvpx"
]
WIDTH, HEIGHT = 960, 64


@pytest.fixture
def spoken() -> Any:
    """What FFmpeg warns of while a test decodes."""
    av.logging.set_level(av.logging.WARNING)
    with av.logging.Capture(local=False) as lines:
        yield lines
    av.logging.set_level(None)


def encoded(folder: Path, encoder: str, pixel_format: str, picture: Picture) -> Path:
    codec = next(codec for codec in SOFTWARE if codec.encoder == encoder)
    quality = {} if codec.crf is None else {"quality": 4}
    encoding = settings(
        codec.containers[0],
        width=picture.width,
        height=picture.height,
        video_codec=encoder,
        pixel_format=pixel_format,
        **quality,
    )
    path = folder / f"film.{encoding.container}"
    with ChunkEncoder(path, encoding) as chunk:
        for _ in range(3):
            chunk.write(picture)
    return path


@pytest.mark.parametrize(("encoder", "pixel_format"), OFFERED)
def test_colours_are_those_of_bt_709(
    tmp_path: Path, encoder: str, pixel_format: str, spoken: Any
) -> None:
    colours = np.random.default_rng(7).integers(0, 256, (HEIGHT // 32, WIDTH // 32, 3), np.uint8)
    colours[0, :8] = [
        (0, 0, 0),
        (255, 255, 255),
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (255, 255, 0),
        (0, 255, 255),
        (255, 0, 255),
    ]
    path = encoded(tmp_path, encoder, pixel_format, rgb(colours.repeat(32, 0).repeat(32, 1)))
    pictures = list(decode_pictures(path))
    assert len(pictures) == 3
    for picture in pictures:
        found = picture.planes[0][16::32, 16::32, :3].astype(int)
        error = np.abs(found - colours)
        assert error.mean() <= 1.0
        assert error.max() <= 4
    assert spoken == []


def ramp() -> NDArray[np.uint16]:
    """(64, 960, 3): grey from black to white in 960 steps."""
    row = np.rint(np.linspace(0, 65535, WIDTH)).astype(np.uint16)
    return np.broadcast_to(row[None, :, None], (HEIGHT, WIDTH, 3)).copy()


@pytest.mark.parametrize(("encoder", "pixel_format"), [pair for pair in OFFERED if "10" in pair[1]])
def test_ten_bits_keep_four_times_the_levels(
    tmp_path: Path, encoder: str, pixel_format: str
) -> None:
    pixels = ramp()
    picture = Picture(
        frame=0, width=WIDTH, height=HEIGHT, format=PixelFormat.RGB48, planes=(pixels,)
    )
    path = encoded(tmp_path, encoder, pixel_format, picture)
    with av.open(os.fspath(path)) as container:
        frames = list(decode_frames(container, container.streams.video[0]))
    for frame in frames:
        levels = 1 << (frame.format.components[0].bits - 8)
        luma = plane_view(frame, 0)[HEIGHT // 2].astype(float) / levels
        assert len(np.unique(luma)) > 700
        assert np.abs(luma - (16 + pixels[0, :, 0] / 65535 * 219)).max() <= 0.6


def test_sixteen_bits_become_eight_exactly(tmp_path: Path) -> None:
    values = np.arange(256, dtype=np.uint16).repeat(2)[None, :, None] * np.uint16(257)
    pixels = np.broadcast_to(values, (2, 512, 3)).copy()
    picture = Picture(frame=0, width=512, height=2, format=PixelFormat.RGB48, planes=(pixels,))
    (first, *_) = decode_pictures(encoded(tmp_path, "ffv1", "bgr0", picture))
    np.testing.assert_array_equal(first.planes[0], pixels >> 8)


@pytest.mark.parametrize("kind", [PixelFormat.RGBA, PixelFormat.RGBA64])
@pytest.mark.parametrize(
    ("encoder", "suffix", "error"),
    [("libvpx-vp9", "webm", 4), ("libvpx", "mkv", 4), ("prores_ks", "mov", 1), ("ffv1", "mkv", 0)],
)
def test_soft_edges_keep_colour_and_alpha(
    tmp_path: Path, encoder: str, suffix: str, error: int, kind: PixelFormat
) -> None:
    """Nothing surrounds a red disc, and its edges stay red."""
    y, x = np.mgrid[0:256, 0:256]
    disc = ((x - 128) ** 2 + (y - 128) ** 2 < 80**2).reshape(64, 4, 64, 4).mean(axis=(1, 3))
    wide = kind is PixelFormat.RGBA64
    pixels = np.zeros((64, 64, 4), np.uint16 if wide else np.uint8)
    pixels[disc > 0, 0] = np.iinfo(pixels.dtype).max
    pixels[disc > 0, 1] = np.iinfo(pixels.dtype).max // 5 * 2
    pixels[..., 3] = np.rint(disc * 255) * (257 if wide else 1)
    picture = Picture(
        frame=0, width=64, height=64, format=kind, planes=(pixels,), alpha=Alpha.STRAIGHT
    )
    encoding = settings(suffix, width=64, height=64, video_codec=encoder, transparent=True)
    path = tmp_path / f"film.{encoding.container}"
    with ChunkEncoder(path, encoding) as chunk:
        chunk.write(picture)
    (decoded,) = decode_pictures(path)
    found, coverage = decoded.planes[0].astype(int), np.rint(disc * 255)
    assert decoded.alpha is Alpha.STRAIGHT
    assert np.abs(found[..., 3] - coverage).max() <= error
    edge = coverage > 32
    assert np.abs(found[edge][:, :3] - (255, 102, 0)).max() <= 3


@pytest.mark.parametrize("encoder", [codec.encoder for codec in SOFTWARE if codec.family != "ffv1"])
def test_better_words_of_quality_give_better_pictures(tmp_path: Path, encoder: str) -> None:
    y, x = np.mgrid[0:128, 0:192]
    noise = np.random.default_rng(5).integers(0, 60, (128, 192, 3))
    original = (np.dstack([x, y, x + y]) * 0.6 + noise).astype(np.uint8)
    suffix = next(codec.containers[0] for codec in SOFTWARE if codec.encoder == encoder)
    sizes, errors = [], []
    for word in ("draft", "standard", "high"):
        encoding = settings(suffix, width=192, height=128, video_codec=encoder, quality=word)
        path = tmp_path / f"{word}.{encoding.container}"
        with ChunkEncoder(path, encoding) as chunk:
            for shift in range(6):
                chunk.write(rgb(np.roll(original, 3 * shift, axis=1), shift))
        last = list(decode_pictures(path))[-1].planes[0].astype(float)
        errors.append(((last - np.roll(original, 15, axis=1)) ** 2).mean())
        sizes.append(path.stat().st_size)
    assert sizes == sorted(set(sizes)), sizes
    assert errors[0] > errors[1] > errors[2], errors


def draw(frame: int) -> NDArray[np.uint8]:
    """A bar that moves."""
    pixels = np.full((96, 128, 3), 40, np.uint8)
    pixels[:, 4 * frame : 4 * frame + 4] = (250, 160, 30)
    return pixels


@pytest.mark.parametrize(("suffix", "codec"), FILMS)
def test_films_play_without_a_warning(tmp_path: Path, suffix: str, codec: str, spoken: Any) -> None:
    film = tmp_path / f"film.{suffix}"
    helios.render(
        draw,
        film,
        width=128,
        height=96,
        fps=30,
        frame_count=31,
        video_codec=codec,
        audio=f"{CLICK},loop",
    )
    spoken.clear()
    with av.open(os.fspath(film)) as container:
        video = container.streams.video[0]
        shown = [frame.time for frame in decode_frames(container, video)]
    with av.open(os.fspath(film)) as container:
        samples = sum(
            f.samples / f.sample_rate for f in container.decode(container.streams.audio[0])
        )
    assert [round(30 * (time or 0)) for time in shown] == list(range(31))
    assert abs(samples - 31 / 30) < 0.1
    assert spoken == []


@pytest.mark.parametrize("suffix", [name for name in CONTAINERS if name in ANIMATIONS])
def test_animations_play_without_a_warning(tmp_path: Path, suffix: str, spoken: Any) -> None:
    from PIL import Image

    film = tmp_path / f"film.{suffix}"
    helios.render(draw, film, width=128, height=96, fps=25, frame_count=12)
    spoken.clear()
    with Image.open(film) as image:
        assert getattr(image, "n_frames", 1) == 12
        image.seek(11)
        pixels = np.asarray(image.convert("RGB"))[48].astype(int)
        assert np.abs(pixels[46] - (250, 160, 30)).max() <= 24
    if suffix == "webp":  # FFmpeg shows no animated WebP
        return
    with av.open(os.fspath(film)) as container:
        reformatter = VideoReformatter()
        for number, frame in enumerate(container.decode(video=0)):
            pixels = rgb_picture(frame, number, reformatter).planes[0].astype(int)
            assert np.abs(pixels[48, 4 * number + 2, :3] - (250, 160, 30)).max() <= 12
    assert spoken == []


def test_alpha_layers_are_announced(tmp_path: Path) -> None:
    def clear(frame: int) -> NDArray[np.uint8]:
        return np.full((16, 16, 4), 128, np.uint8)

    film = tmp_path / "film.webm"
    helios.render(clear, film, width=16, height=16, frame_count=2, transparent=True)
    with av.open(os.fspath(film)) as container:
        assert has_alpha_layer(container.streams.video[0])
