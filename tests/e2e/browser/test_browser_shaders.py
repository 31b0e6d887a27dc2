"""Shaders as compositions: right in every frame, from any start, with buffers and without."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.films import encode, settings
from tests.sounds import wav

from helios.browser.about import listen_to_page
from helios.browser.page import Page, StageSettings
from helios.errors import ShaderError
from helios.model.audio import AudioTrack
from helios.model.facts import CaptureMethod
from helios.model.options import RenderOptions
from helios.planning.panorama import Around
from helios.projection.ods import ods_rays
from helios.shader.gallery import shipped_shaders
from helios.sources.film_audio import film_audio, film_textures
from helios.sources.film_columns import page_song

pytestmark = pytest.mark.browser
DIRECT = CaptureMethod.DIRECT


@pytest.fixture
def draws(source: Any, helpers: Any, tmp_path: Path) -> Any:
    """Draws frames of a shader that is given as text."""

    def draw(text: str, start: int = 0, count: int = 1, **more: Any) -> list[NDArray[np.uint8]]:
        (tmp_path / "own.frag").write_text(text)
        made = source(helpers.page("own.frag", tmp_path), DIRECT, **more)
        return [helpers.rgb(picture).copy() for picture in made.frames(start, count)]

    return draw


@pytest.mark.parametrize("name", ["bars.frag", "counted.frag"])
def test_frames_show_their_number_from_any_start(source: Any, helpers: Any, name: str) -> None:
    numbers, whole = helpers.numbers_and_digests(source(helpers.page(name), DIRECT), 0, 24)
    assert numbers == list(range(24))
    later, part = helpers.numbers_and_digests(source(helpers.page(name), DIRECT), 19, 5)
    assert later == list(range(19, 24))
    assert part == whole[19:]
    assert len(set(whole)) == 24


def test_time_is_the_film_s(draws: Any) -> None:
    text = """void mainImage(out vec4 c, in vec2 p) {
      float values[8] = float[8](iTime, iTimeDelta * 10.0, iFrameRate / 100.0,
        float(iFrame) / 100.0, iResolution.x / 1000.0, iResolution.y / 1000.0,
        iDate.x / 10000.0, iDate.w / 10.0);
      c = vec4(vec3(values[int(p.x) / 40]), 1);
    }"""
    (picture,) = draws(text, 20, fps=Fraction(30000, 1001))
    time = 20 * 1001 / 30000
    wanted = [time, 10.01 / 30, 0.2997, 0.2, 0.32, 0.18, 0.2024, time / 10]
    assert picture[90, 20::40, 0] == pytest.approx(np.round(np.array(wanted) * 255), abs=1)


def test_programs_of_elsewhere_run_unchanged(draws: Any) -> None:
    text = """#version 300 es
    #extension GL_OES_standard_derivatives : enable
    #ifdef GL_ES
    precision mediump float;
    #endif
    uniform vec3 iResolution;
    #define R iResolution.xy
    #define T (iGlobalTime + iMouse.z)
    const float iBass = 0.5;
    struct Ray { vec3 at, to; };
    const vec3 COLOURS[2] = vec3[](vec3(1, 0, 0), vec3(0, 0, 1));
    float sum(float iBar[3]) { return iBar[0] + iBar[1] + iBar[2]; }
    void mainImage( out vec4 O, vec2 I )
    {
        Ray ray = Ray(vec3(0), vec3((I - .5 * R) / R.y, 1.));
        O = texture2D(iChannel0, I / R) + textureLod(iChannel3, I / R, 0.);
        O.rgb += COLOURS[int(fract(T) * 2.0)] * iBass * sum(float[3](1., 0., 0.));
        O.g += fwidth(ray.to.x) > 0. ? 1. : 0.;
        if (iMouse.z > 0.) discard;
    }
    vec2 mainSound(int samp, float time) { return vec2(sin(6.2831 * 440. * time)); }"""
    (picture,) = draws(text, 20)
    assert tuple(picture[90, 160]) == pytest.approx((0, 255, 128), abs=1)


def test_pictures_and_videos_are_channels(draws: Any, tmp_path: Path) -> None:
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[0, 0], pixels[3, 7] = (255, 0, 0), (0, 0, 255)
    Image.fromarray(pixels).save(tmp_path / "own.iChannel1.png")
    encode(tmp_path / "clip.mp4", settings(), range(10))
    text = """// helios: iChannel0 = clip.mp4, nearest, clamp
    void mainImage(out vec4 c, in vec2 p) {
      if (p.x < 160.0) { c = texture(iChannel0, p / vec2(160, 180)); return; }
      c = texelFetch(iChannel1, ivec2((p - vec2(160, 0)) / vec2(20, 45)), 0);
      if (iChannelResolution[1] != vec3(8, 4, 1) || iChannelResolution[0].x != 160.0) c.g = 1.0;
      if (abs(iChannelTime[0] - mod(iTime, 10.0 / 30.0)) > 0.01) c.g = 1.0;
    }"""
    pictures = draws(text, 3, 9)
    for frame, picture in enumerate(pictures, 3):
        assert tuple(picture[20, 170]) == (255, 0, 0), "the first row is on top"
        assert tuple(picture[160, 310]) == (0, 0, 255)
        number = sum(1 << bit for bit in range(10) if picture[30, 8 + 16 * bit, 0] > 127)
        assert number == frame % 10


def test_the_song_is_a_texture_and_uniforms(draws: Any, tmp_path: Path) -> None:
    rate = 48_000
    sound = 0.02 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    (tmp_path / "tone.wav").write_bytes(wav(sound))
    track = AudioTrack.model_validate({"file": str(tmp_path / "tone.wav"), "offset": 0.2})
    song = page_song(track, 30, Fraction(30))
    text = """// helios: iChannel0 = sound
    void mainImage(out vec4 c, in vec2 p) {
      int row = int(p.y) / 90;
      c.r = texelFetch(iChannel0, ivec2(p.x, row), 0).r;
      c.g = p.x < 160.0 ? iMid : iMidTime;
      c.b = iBands[int(p.x) / 40];
    }"""
    silent, heard = (draws(text, frame, song=song)[0] for frame in (2, 20))
    textures = film_textures(track, 30, Fraction(30))
    rows = film_audio(track, 30, Fraction(30))
    for frame, picture in ((2, silent), (20, heard)):
        assert (picture[-1, :, 0] == textures[frame, 0, :320]).all()
        assert (picture[0, :, 0] == textures[frame, 1, :320]).all()
        assert picture[0, 100, 1] == pytest.approx(255 * rows["mid"][frame], abs=1)
        lived = rows["mid"][:frame].sum() / 30
        assert picture[0, 200, 1] == pytest.approx(255 * lived, abs=1)
        bands = rows["bands"][frame] * 255
        assert picture[0, 20::40, 2] == pytest.approx(bands, abs=1)
    assert (silent[0, :, 0] == 128).all()
    assert (silent[-1, :, 0] == 0).all()
    assert heard[-1, :, 0].argmax() == round(1000 / (rate / 2048))


def test_parameters_are_props(draws: Any, browser: Any, helpers: Any, tmp_path: Path) -> None:
    text = """// helios: float light = 0.25 [0, 1]
    // helios: color tint = #804020
    // helios: bool on = false
    // helios: vec2 at = (0.5, 1)
    // helios: int steps = 2 [0, 9]
    void mainImage(out vec4 c, in vec2 p) {
      c = p.x < 160.0 ? vec4(tint, 1) : vec4(light, on ? 1.0 : 0.0, at.x * float(steps) / 4.0, 1);
    }"""
    (usual,) = draws(text)
    assert tuple(usual[90, 80]) == (0x80, 0x40, 0x20)
    assert tuple(usual[90, 240]) == pytest.approx((64, 0, 64), abs=1)
    form = listen_to_page(browser, helpers.page("own.frag", tmp_path), RenderOptions()).form
    assert list(form["properties"]) == ["light", "tint", "on", "at", "steps"]
    light = {"type": "number", "title": "light", "default": 0.25, "minimum": 0, "maximum": 1}
    assert form["properties"]["light"] == light
    assert form["properties"]["tint"]["format"] == "color"
    (changed,) = draws(text, props={"light": 1, "tint": "#010203", "on": True, "steps": 8})
    assert tuple(changed[90, 80]) == (1, 2, 3)
    assert tuple(changed[90, 240]) == (255, 255, 255)
    for props, message in (
        ({"lihgt": 1}, "own.frag has no parameter lihgt; there are: light, tint, on, at, steps"),
        ({"light": 2}, "own.frag: the prop light is a number from 0 to 1, not 2"),
        ({"steps": 1.5}, "own.frag: the prop steps is a whole number from 0 to 9, not 1.5"),
        ({"tint": "red"}, 'own.frag: the prop tint is #rrggbb, not "red"'),
        ({"at": [1]}, r"own.frag: the prop at is a list of 2 numbers, not [1]"),
    ):
        with pytest.raises(ShaderError) as raised:
            draws(text, props=props)
        assert raised.value.message == message


def test_errors_name_the_file_and_line(draws: Any, tmp_path: Path) -> None:
    main = "void mainImage(out vec4 c, in vec2 p) { c = vec4(%s); }\n"
    (tmp_path / "own.common.frag").write_text("\n\nfloat seven() { return seve; }\n")
    with pytest.raises(ShaderError, match=r"^own\.common\.frag:3: 'seve' : undeclared"):
        draws(main % "seven()")
    (tmp_path / "own.common.frag").unlink()
    with pytest.raises(ShaderError, match=r"^own\.frag:2: 'twice' : no matching"):
        draws("// helios: pass image\n" + main % "twice(1)")
    (tmp_path / "own.bufferA.frag").write_text("\n" + main % "1.0 +")
    with pytest.raises(ShaderError, match=r"^own\.bufferA\.frag:2: '\)' : syntax error") as raised:
        draws(main % 1)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("layout", [0, 1, 2])
def test_any_direction_is_drawn_for_each_eye(draws: Any, layout: int) -> None:
    radius = 0.25
    text = """void mainImage(out vec4 c, in vec2 p) { c = vec4(0); }
    void mainVR(out vec4 c, in vec2 p, in vec3 origin, in vec3 direction) {
      c.rg = 0.5 + 0.5 * direction.xy + 0.0 * direction.z;
      c.b = 0.5 + origin.x;
    }"""
    around = Around(coverage_rad=2 * math.pi, eye_radius=radius if layout else 0, layout=layout)
    (picture,) = draws(text, around=around, width=320, height=160)
    wide, high = 320 // (2 if layout == 2 else 1), 160 // (2 if layout == 1 else 1)
    eyes = [(picture[:high, :wide], -1), (picture[-high:, -wide:], 1)] if layout else [(picture, 0)]
    for pixels, eye in eyes:
        origins, directions = ods_rays(wide, high, eye, radius)
        for channel, wanted in ((0, directions[..., 0]), (1, directions[..., 1])):
            assert np.abs(pixels[..., channel] / 255 - 0.5 - 0.5 * wanted).max() < 0.006
        assert np.abs(pixels[..., 2] / 255 - 0.5 - origins[..., 0]).max() < 0.006


def test_the_shaders_that_come_along_compile(browser: Any) -> None:
    """That they move is seen in the loops of the gallery (``test_thumbnails.py``)."""
    for shader in shipped_shaders():
        settings = StageSettings(width=96, height=54, fps=Fraction(30))
        page = Page(browser, shader.composition, settings)
        assert page.server.is_shader, "it would be told of as a flat page"
        page.close()


def test_shaders_all_around_close_behind(draws: Any) -> None:
    """The first and the last column stand beside each other, so they differ as neighbours do; the
    first row is one place, so is the last."""
    around = Around(coverage_rad=2 * math.pi, eye_radius=0, layout=0)
    texts = {each.name: Path(each.composition.location).read_text() for each in shipped_shaders()}
    closed = [name for name, text in texts.items() if "void mainVR(" in text]
    assert set(texts) - set(closed) == {"liquidFlow"}
    for name in closed:
        (drawn,) = draws(texts[name], 30, around=around, width=256, height=128)
        picture = drawn.astype(int)
        behind = np.abs(picture[:, 0] - picture[:, -1]).mean()
        beside = np.abs(np.diff(picture[:, [0, 1, 2, 3, -4, -3, -2, -1]], axis=1)).mean(axis=(0, 2))
        assert picture.std() > 4, f"{name} shows nothing"
        assert behind < 2 * np.delete(beside, 3).max() + 1, f"{name} has a seam behind"
        poles = np.abs(np.diff(picture[[0, -1]], axis=1)).mean(axis=(1, 2))
        assert poles.max() < 1.5, f"{name} is pinched at a pole"


def test_ink_begins_dim_and_grows_light_slowly(draws: Any) -> None:
    """Paper is nearly white: the first frame of a film would flash, and so would a quick rise."""
    text = next(each for each in shipped_shaders() if each.name == "plasmaInk").file.read_text()
    light = [draws(text, frame, width=96, height=54)[0].mean() for frame in (0, 15, 200)]
    assert light[0] < 0.6 * light[2]
    assert abs(light[1] / light[0] - 1) < 0.1
    assert light[2] > 80, "without a song it stays lit"
