"""Shaders in WGSL: right in every frame, from any start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.sounds import wav

from helios.browser.find import find_browser
from helios.browser.launch import Browser, BrowserConfig, launch
from helios.errors import ShaderError
from helios.executors.pool import WorkerPool
from helios.media.pictures import decode_pictures
from helios.model.audio import AudioTrack
from helios.model.facts import CaptureMethod
from helios.rendering.orchestrator import RenderOrchestrator
from helios.sources.film_audio import film_audio
from helios.sources.film_columns import page_song
from helios.sources.page import PageSettings, PageSource

pytestmark = pytest.mark.browser
WIDTH, HEIGHT = 320, 180
BARS = """// Sixteen cells show the frame number.
// helios: float shade = 0.25 [0, 1] how light the ground is
const CELL = 20.0;
fn mainImage(fragCoord: vec2f) -> vec4f {
  let cell = vec2i(vec2f(fragCoord.x, iResolution.y - fragCoord.y) / CELL);
  var light = shade + 0.1 * sin(iTime * 3.0 + fragCoord.x * 0.05);
  if (cell.y == 0) { light = f32((iFrame >> u32(cell.x)) & 1); }
  return vec4f(vec3f(light), 1.0);
}
"""


@pytest.fixture(scope="module")
def gpu_browser() -> Iterator[Browser]:
    """A browser that draws WebGPU."""
    config = BrowserConfig(executable=find_browser(), width=WIDTH, height=HEIGHT, webgpu=True)
    with launch(config) as running:
        yield running


@pytest.fixture
def draws(gpu_browser: Browser, helpers: Any, tmp_path: Path) -> Any:
    """Draws frames of a program that is given as text."""

    def draw(text: str, start: int = 0, count: int = 1, **more: Any) -> list[NDArray[np.uint8]]:
        (tmp_path / "own.wgsl").write_text(text)
        settings = PageSettings(
            capture=CaptureMethod.DIRECT,
            width=WIDTH,
            height=HEIGHT,
            fps=Fraction(30),
            total_frames=60,
            step_timeout_s=60.0,
            stability_timeout_s=60.0,
        )
        page = helpers.page("own.wgsl", tmp_path)
        source = PageSource(gpu_browser, page, replace(settings, **more))
        try:
            return [helpers.rgb(picture).copy() for picture in source.frames(start, count)]
        finally:
            source.close()

    return draw


def numbers(pictures: list[NDArray[np.uint8]]) -> list[int]:
    return [
        sum(1 << bit for bit in range(16) if pixels[10, 10 + 20 * bit].mean() > 128)
        for pixels in pictures
    ]


def test_frames_show_their_number_from_any_start(draws: Any) -> None:
    whole = draws(BARS, 0, 8)
    assert numbers(whole) == list(range(8))
    later = draws(BARS, 6, 2)
    assert all((one == other).all() for one, other in zip(whole[6:], later, strict=True))
    assert (whole[3] != whole[4]).any()


def test_the_film_the_song_and_props_are_read(draws: Any, tmp_path: Path) -> None:
    rate = 48_000
    tone = 0.02 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    (tmp_path / "tone.wav").write_bytes(wav(tone))
    track = AudioTrack(file=str(tmp_path / "tone.wav"))
    text = """// helios: color tint = #804020
    // helios: bool on = false
    // helios: vec2 at = (0.5, 1)
    // helios: int steps = 2 [0, 9]
    fn mainImage(p: vec2f) -> vec4f {
      if (p.x < 80.0) { return vec4f(iTime, iDate.x / 10000.0, iTimeDelta * 10.0, 0.0); }
      if (p.x < 160.0) { return vec4f(p / iResolution.xy, iFrameRate / 100.0, 1.0); }
      if (p.x < 240.0) { return vec4f(tint * select(1.0, 0.5, on), 1.0); }
      return vec4f(iBands[i32(p.y / 22.5)], iMid, at.x * f32(steps) / 4.0, 1.0);
    }"""
    (picture,) = draws(text, 20, song=page_song(track, 30, Fraction(30)))
    rows = film_audio(track, 30, Fraction(30))
    assert tuple(picture[90, 40]) == pytest.approx((170, 52, 85), abs=1)
    assert tuple(picture[0, 159]) == pytest.approx((127, 254, 76), abs=1)
    assert tuple(picture[90, 200]) == (0x80, 0x40, 0x20)
    bands = 255 * rows["bands"][20]
    assert picture[::-1][11::23, 300, 0][:8] == pytest.approx(bands, abs=1)
    assert picture[90, 300, 1] == pytest.approx(255 * rows["mid"][20], abs=1)
    (other,) = draws(text, 0, props={"tint": "#ffffff", "on": True, "at": [1, 0], "steps": 4})
    assert tuple(other[90, 200]) == pytest.approx((128, 128, 128), abs=1)
    assert other[90, 300, 2] == 255


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nfn mainImage(p: vec2f) -> vec4f { return vec4f(seven); }", r"own\.wgsl:2: .*'seven'"),
        ("fn mainImage(p: vec3f) -> vec4f { return vec4f(1.0); }", r"own\.wgsl: .*it is fn main"),
        ("fn main() {}", "the pass image has no mainImage"),
        ("// helios: iChannel0 = sound\n" + BARS, "WGSL has one pass here, without channels"),
    ],
)
def test_errors_name_the_file_and_line(draws: Any, text: str, said: str) -> None:
    with pytest.raises(ShaderError, match=said) as raised:
        draws(text)
    assert raised.value.exit_code == 2


def test_a_film_of_it_has_its_frames_and_no_other_page_has_webgpu(tmp_path: Path) -> None:
    (tmp_path / "bars.wgsl").write_text(BARS)
    (tmp_path / "page.html").write_text(
        "<!doctype html><body><script>navigator.gpu?.requestAdapter().then((adapter) => {"
        "document.body.style.background = adapter ? 'red' : 'lime'; });"
        "document.body.style.background = 'lime'</script>"
    )
    film, size = tmp_path / "film.mp4", {"width": WIDTH, "height": HEIGHT, "duration": 1}
    with WorkerPool() as pool:
        RenderOrchestrator.render(
            tmp_path / "bars.wgsl", film, **size, start_frame=5, frame_count=6, pool=pool
        )
        pictures = [np.asarray(picture.planes[0]) for picture in decode_pictures(film)]
        assert numbers(pictures) == list(range(5, 11))  # type: ignore[arg-type]
        RenderOrchestrator.render(tmp_path / "page.html", film, **size, frame_count=2, pool=pool)
    last = [np.asarray(picture.planes[0]) for picture in decode_pictures(film)][-1]
    red, green, _ = last[90, 160].tolist()
    assert red < 100
    assert green > 200
