"""Films whose last frame joins the first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.ready import helios
from tests.sounds import wav

SIZE = ("--width", 160, "--height", 90, "--fps", 10, "--frames", "png")
RAMP = """
import numpy as np

def draw(frame):
    return np.full((90, 160, 3), (4 * frame, 0, 200 - 4 * frame), np.uint8)
"""


def frames(folder: Path, composition: str, *words: object) -> NDArray[np.float64]:
    output = folder / "frames"
    helios("render", composition, *words, *SIZE, "-o", output, cwd=folder)
    paths = sorted(output.glob("*.png"))
    shown = np.array([np.asarray(Image.open(path).convert("RGB")) for path in paths], float)
    for path in paths:
        path.unlink()
    return shown


def similarity(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """SSIM (Wang et al. 2004) of the luma, over tiles of 10 pixels."""
    tiles = [
        (each @ (0.2126, 0.7152, 0.0722)).reshape(9, 10, 16, 10).swapaxes(1, 2).reshape(144, 100)
        for each in (one, other)
    ]
    (a, b), (c1, c2) = tiles, (2.55**2, 7.65**2)
    both = ((a - a.mean(1, keepdims=True)) * (b - b.mean(1, keepdims=True))).mean(1)
    light = (2 * a.mean(1) * b.mean(1) + c1) / (a.mean(1) ** 2 + b.mean(1) ** 2 + c1)
    return float((light * (2 * both + c2) / (a.var(1) + b.var(1) + c2)).mean())


def test_the_beginning_comes_out_of_what_follows_the_end(tmp_path: Path) -> None:
    (tmp_path / "ramp.py").write_text(RAMP)
    loop = ("--duration", 2, "--loop-seamless", 0.5)
    whole = frames(tmp_path, "ramp.py:draw", *loop)
    assert len(whole) == 20
    assert whole[0, 0, 0, 0] == 80, "frame 0 is what follows frame 19"
    assert (whole[5:, 0, 0, 0] == 4 * np.arange(5, 20)).all()
    assert (np.diff(whole[:6, 0, 0, 0]) < 0).all()
    assert np.array_equal(frames(tmp_path, "ramp.py:draw", *loop, "--chunk-frames", 3), whole)
    some = ("--start-frame", 2, "--frame-count", 7)
    assert np.array_equal(frames(tmp_path, "ramp.py:draw", *loop, *some), whole[2:9])


@pytest.mark.slow
def test_the_seam_of_a_scene_is_like_its_neighbours(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 0.2, (48_000 * 4, 2))
    (tmp_path / "song.wav").write_bytes(wav(noise * np.linspace(0.1, 1, len(noise))[:, None]))
    words = ("--audio", "song.wav", "--duration", 3, "--loop-seamless", 1)
    shown = frames(tmp_path, "silkTides", *words)
    seam = similarity(shown[-1], shown[0])
    near = min(similarity(shown[-2], shown[-1]), similarity(shown[0], shown[1]))
    assert seam >= 0.99 * near
    bare = frames(tmp_path, "silkTides", *words[:4])
    assert similarity(bare[-1], bare[0]) < 0.99 * near, "without it there is a jump"


@pytest.mark.browser
def test_pages_and_what_lies_over_them_are_joined_too(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        "<!doctype html><body><script>window.helios = { seek(n) {"
        " document.body.style.background = `rgb(${4 * n}, 0, 0)` } }</script>"
    )
    (tmp_path / "over.html").write_text(
        "<!doctype html><p style='position:absolute;margin:0;left:0;top:0;width:40px;height:40px'>"
        "<script>window.helios = { seek(n) {"
        " document.querySelector('p').style.background = `rgb(0, ${4 * n}, 0)` } }</script>"
    )
    over = ("--overlay", "over.html", "--duration", 2, "--loop-seamless", 0.5)
    whole = frames(tmp_path, "page.html", *over)
    assert np.abs(whole[0, 80, 80] - (80, 0, 0)).max() <= 1
    assert np.abs(whole[0, 20, 20] - (0, 80, 0)).max() <= 1
    assert np.array_equal(frames(tmp_path, "page.html", *over, "--chunk-frames", 4), whole)


def test_what_cannot_be_a_loop_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ramp.py").write_text(RAMP)
    words = ("ramp.py:draw", *SIZE, "--duration", 2, "-o", "out")
    told = helios("render", *words, "--loop-seamless", 2.5, cwd=tmp_path, code=2)
    assert "longer than the film" in told.err
    for value in (0, -1, "x"):
        assert (
            "loop" in helios("render", *words, f"--loop-seamless={value}", cwd=tmp_path, code=2).err
        )
