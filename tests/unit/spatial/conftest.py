from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

os.environ["SVT_LOG"] = "0"
FIXTURES = Path(__file__).parents[2] / "fixtures" / "spatial"
FilmMaker = Callable[..., Path]
OPTIONS = {
    "libx265": {"x265-params": "log-level=none:pools=1", "preset": "ultrafast"},
    "libsvtav1": {"preset": "12"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}


def write_film(
    path: Path,
    *,
    encoder: str = "libx264",
    size: tuple[int, int] = (128, 64),
    frames: int = 12,
    fps: int = 30,
    layout: str | None = "stereo",
    tag: str = "",
    container: dict[str, str] | None = None,
    private: dict[str, str] | None = None,
) -> Path:
    with av.open(str(path), "w", options=container or {}) as film:
        video = film.add_stream(
            encoder, rate=fps, options={**OPTIONS.get(encoder, {}), **(private or {})}
        )
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        if tag:
            video.codec_context.codec_tag = tag
        sound = film.add_stream("aac", rate=48_000, layout=layout) if layout else None
        for number in range(frames):
            picture = np.full((size[1], size[0], 3), number * 9 % 256, np.uint8)
            picture[:, : number + 1] = 255
            frame = av.VideoFrame.from_ndarray(picture).reformat(format="yuv420p")
            frame.pts = number
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
        if sound is not None:
            channels = sound.codec_context.layout.nb_channels
            wave = np.sin(np.arange(48_000 * frames // fps) * 0.05).astype(np.float32)
            block = av.AudioFrame.from_ndarray(
                np.tile(wave, (channels, 1)), format="fltp", layout=layout
            )
            block.sample_rate, block.pts = 48_000, 0
            film.mux(sound.encode(block))
            film.mux(sound.encode(None))
    return path


@pytest.fixture(scope="session")
def fixtures() -> Path:
    return FIXTURES


@pytest.fixture
def make_film(tmp_path: Path) -> FilmMaker:
    def make(name: str = "film.mp4", **options: object) -> Path:
        return write_film(tmp_path / name, **options)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def packets() -> Callable[[Path], list[tuple[object, ...]]]:
    """Every packet of a film as (stream, pts, dts, duration, bytes)."""

    def read(path: Path) -> list[tuple[object, ...]]:
        with av.open(str(path)) as film:
            return [
                (p.stream.index, p.pts, p.dts, p.duration, bytes(p)) for p in film.demux() if p.size
            ]

    return read
