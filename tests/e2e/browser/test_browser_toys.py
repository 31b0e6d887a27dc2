"""Twelve programs as they are written for Shadertoy, with all that they may read, run unchanged:
right in every frame, from any start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.films import encode, settings
from tests.sounds import wav

from helios.model.audio import AudioTrack
from helios.model.facts import CaptureMethod
from helios.sources.film_audio import film_textures
from helios.sources.film_columns import page_song

pytestmark = pytest.mark.browser
WIDTH, HEIGHT, FPS = 64, 36, Fraction(30)
START, COUNT = 3, 3
Pixels = NDArray[np.float64]


@dataclass(frozen=True)
class Toy:
    """A program, its files, and the red, green and blue that it shows at (x, y) from below."""

    name: str
    files: dict[str, str]
    shows: Callable[[int, Pixels, Pixels], tuple[Any, Any, Any]]
    needs: tuple[str, ...] = field(default=())


def life(frame: int, x: Pixels, y: Pixels) -> tuple[Any, Any, Any]:
    """Conway's, on a torus, from the pattern that the program begins with."""
    cells = ((np.floor(x) * 7 + np.floor(y) * 3) % 5 < 2).astype(int)
    for _ in range(frame):
        around = sum(
            np.roll(cells, (a, b), (0, 1)) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b
        )
        cells = ((around == 3) | ((cells == 1) & (around == 2))).astype(int)
    return cells, cells, 0


def hashed(frame: int, x: Pixels, y: Pixels) -> tuple[Any, Any, Any]:
    """The integer hash of the program, in numpy."""
    seed = np.floor(x).astype(np.uint32) + np.floor(y).astype(np.uint32) * np.uint32(WIDTH)
    seed = (seed ^ np.uint32(frame)) * np.uint32(747796405) + np.uint32(2891336453)
    word = ((seed >> ((seed >> np.uint32(28)) + np.uint32(4))) ^ seed) * np.uint32(277803737)
    word = (word >> np.uint32(22)) ^ word
    return (word >> np.uint32(24)) / 255.0, np.where(word & np.uint32(1), 1.0, 0.0), 0


SAMPLE = np.array([[(r * 60, c * 30, 200) for c in range(8)] for r in range(4)], np.uint8)
TOYS = (
    Toy(
        "plasma",
        {
            "toy.frag": """
// Classic waves. Everything one-liner style.
#define t iTime
void mainImage( out vec4 o, in vec2 u )
{
    vec2 p = u/iResolution.xy;
    o = .5+.5*cos(t+p.xyxx*6.+vec4(0,2,4,0));
    o.a = 1.; // premultiplied nowhere
}"""
        },
        lambda n, x, y: tuple(
            0.5 + 0.5 * np.cos(n / 30 + 6 * q + k)
            for q, k in ((x / WIDTH, 0), (y / HEIGHT, 2), (x / WIDTH, 4))
        ),
    ),
    Toy(
        "clock and mouse",
        {
            "toy.frag": """
void mainImage(out vec4 fragColor, in vec2 fragCoord)
{
    vec2 m = (iMouse.z > 0.0) ? iMouse.xy / iResolution.xy : vec2(0.25, 0.75);
    if (iMouse.w > 0.0) discard;
    float secs = mod(iDate.w, 60.0);
    bool isDay = iDate.x == 2024.0 && iDate.y == 0.0 && iDate.z == 1.0;
    fragColor = vec4(m.x, isDay ? m.y : 0.0, secs / 2.0, 1.0);
}"""
        },
        lambda n, x, y: (0.25, 0.75, n / 60),
    ),
    Toy(
        "texture",
        {
            "toy.frag": """
void mainImage( out vec4 fragColor, in vec2 fragCoord )
{
    vec2 uv = fragCoord/iResolution.xy;
    ivec2 size = textureSize(iChannel0, 0);
    fragColor = texelFetch(iChannel0, ivec2(fract(uv*2.)*vec2(size)), 0);
    // it repeats, and its smallest level is its mean
    if( textureLod(iChannel0, uv, 0.) != textureLod(iChannel0, uv+3., 0.) ) fragColor.b = 0.;
    if( abs(textureLod(iChannel0, uv, 9.).r - 90./255.) > .01 ) fragColor.b = 0.;
    if( size != ivec2(iChannelResolution[0].xy) || iChannelResolution[0].z != 1. ) fragColor.b = 0.;
    if( textureGrad(iChannel0, uv, vec2(1), vec2(1)).b < .7 ) fragColor.b = 0.;
}"""
        },
        lambda n, x, y: (
            SAMPLE[3 - (np.floor(y / HEIGHT * 8) % 4).astype(int), 0, 0] / 255,
            SAMPLE[0, (np.floor(x / WIDTH * 16) % 8).astype(int), 1] / 255,
            200 / 255,
        ),
        needs=("picture",),
    ),
    Toy(
        "video",
        {
            "toy.frag": """
// helios: iChannel1 = clip.mp4, nearest
void mainImage(out vec4 c, in vec2 p) {
    int number = 0;
    for (int bit = 0; bit < 10; ++bit)
        number |= int(texture(iChannel1, vec2((float(bit) + .5) / 10., .85)).r > .5) << bit;
    c = vec4(float(number) / 10., iChannelTime[1], iChannelResolution[1].x / 320., 1);
}"""
        },
        lambda n, x, y: (n / 10, n / 30, 0.5),
        needs=("clip",),
    ),
    Toy(
        "sound",
        {
            "toy.frag": """
// helios: iChannel0 = sound
void mainImage( out vec4 fragColor, in vec2 fragCoord )
{
    int tx = int(fragCoord.x);
    float fft  = texelFetch( iChannel0, ivec2(tx,0), 0 ).x;
    float wave = texelFetch( iChannel0, ivec2(tx,1), 0 ).x;
    fragColor = vec4( fft, wave, iSampleRate/96000., 1.0 );
}
// the sound tab's
vec2 mainSound( int samp, float time ) { return vec2( sin(6.2831*440.0*time)*exp(-3.0*time) ); }"""
        },
        lambda n, x, y: (x, y, 0.5),  # red and green are looked up, below
        needs=("song",),
    ),
    Toy(
        "life",
        {
            "toy.bufferA.frag": """
// helios: iChannel0 = bufferA, nearest, repeat
int cell( in ivec2 p ) { ivec2 r = ivec2(iResolution.xy); p = (p+r) % r;
    return (texelFetch(iChannel0, p, 0 ).x > 0.5 ) ? 1 : 0; }
void mainImage( out vec4 fragColor, in vec2 fragCoord )
{
    ivec2 px = ivec2( fragCoord );
    int k = cell(px+ivec2(-1,-1)) + cell(px+ivec2(0,-1)) + cell(px+ivec2(1,-1))
          + cell(px+ivec2(-1, 0))                        + cell(px+ivec2(1, 0))
          + cell(px+ivec2(-1, 1)) + cell(px+ivec2(0, 1)) + cell(px+ivec2(1, 1));
    int e = cell(px);
    float f = ( ((k==2)&&(e==1)) || (k==3) ) ? 1.0 : 0.0;
    if( iFrame==0 ) f = (px.x*7 + px.y*3) % 5 < 2 ? 1.0 : 0.0;
    fragColor = vec4( f, 0.0, 0.0, 0.0 );
}""",
            "toy.frag": """
// helios: iChannel0 = bufferA, nearest
void mainImage( out vec4 fragColor, in vec2 fragCoord )
{ fragColor = texelFetch(iChannel0, ivec2(fragCoord), 0).xxyz; }""",
        },
        life,
    ),
    Toy(
        "four buffers",
        {
            "toy.frag": """
const float STEP = 1.0;
// helios: pass bufferA
// helios: iChannel0 = bufferD, nearest
void mainImage(out vec4 c, in vec2 p) { c = texelFetch(iChannel0, ivec2(p), 0) + STEP; }
// helios: pass bufferB
// helios: iChannel0 = bufferA, nearest
void mainImage(out vec4 c, in vec2 p) { c = texelFetch(iChannel0, ivec2(p), 0) * 2.0; }
// helios: pass bufferC
// helios: iChannel0 = bufferB, nearest
// helios: iChannel1 = bufferC, nearest
void mainImage(out vec4 c, in vec2 p) {
    c = texelFetch(iChannel0, ivec2(p), 0) + texelFetch(iChannel1, ivec2(p), 0);
}
// helios: pass bufferD
// helios: iChannel2 = bufferA, nearest
void mainImage(out vec4 c, in vec2 p) { c = texelFetch(iChannel2, ivec2(p), 0); }
// helios: pass image
// helios: iChannel0 = bufferB
// helios: iChannel1 = bufferC
// helios: iChannel2 = bufferD
void mainImage(out vec4 c, in vec2 p) {
    vec2 uv = p / iResolution.xy;
    vec3 abd = vec3(texture(iChannel0, uv).x, texture(iChannel1, uv).x, texture(iChannel2, uv).x);
    c = vec4(abd / 50., 1);
}"""
        },
        lambda n, x, y: (2 * (n + 1) / 50, (n + 1) * (n + 2) / 50, (n + 1) / 50),
    ),
    Toy(
        "common",
        {
            "toy.common.glsl": """
struct Light { vec3 colour; float power; };
const Light LIGHTS[2] = Light[2](Light(vec3(1,0,.5), .5), Light(vec3(0,1,.5), .25));
mat2 rot(float a) { float s = sin(a), c = cos(a); return mat2(c, -s, s, c); }
#define PI 3.14159265""",
            "toy.bufferA.glsl": """
void mainImage(out vec4 c, in vec2 p) { c = vec4(LIGHTS[1].colour * LIGHTS[1].power, 1); }""",
            "toy.frag": """
// helios: iChannel3 = bufferA
void mainImage(out vec4 c, in vec2 p) {
    vec2 q = rot(PI / 2.) * vec2(1, 0);
    c = vec4(LIGHTS[0].colour * LIGHTS[0].power * abs(q.y), 1);
    c += texture(iChannel3, p / iResolution.xy);
}""",
        },
        lambda n, x, y: (0.5, 0.25, 0.375),
    ),
    Toy(
        "clocks",
        {
            "toy.frag": """
// helios: pass bufferA
// helios: iChannel0 = bufferA
void mainImage(out vec4 c, in vec2 p) {
    c = texelFetch(iChannel0, ivec2(0), 0);
    if (iFrame > 0) c += vec4(iTimeDelta, 1. / iFrameRate, 1, 0);
}
// helios: pass image
// helios: iChannel0 = bufferA
void mainImage(out vec4 c, in vec2 p) {
    vec4 lived = texelFetch(iChannel0, ivec2(0), 0);
    c = vec4(lived.x, lived.y, lived.z == float(iFrame) && abs(lived.x - iTime) < 1e-4, 1);
}"""
        },
        lambda n, x, y: (n / 30, n / 30, 1),
    ),
    Toy(
        "hash",
        {
            "toy.frag": """
uint pcg(uint v) {
    uint state = v * 747796405u + 2891336453u;
    uint word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (word >> 22u) ^ word;
}
void mainImage(out vec4 c, vec2 p) {
    uint n = pcg((uint(p.x) + uint(p.y) * uint(iResolution.x)) ^ uint(iFrame));
    float odd;
    switch (n & 1u) { case 0u: odd = 0.; break; default: odd = 1.; }
    c = vec4(float(n >> 24u) / 255., odd, 0, 1);
}"""
        },
        hashed,
    ),
    Toy(
        "mean of a buffer",
        {
            "toy.frag": """
// helios: pass bufferA
void mainImage(out vec4 c, in vec2 p) { c = vec4(p.x < iResolution.x / 2. ? 1. : iTime); }
// helios: pass image
// helios: iChannel0 = bufferA, mipmap
// helios: iChannel1 = bufferA, nearest
void mainImage(out vec4 c, in vec2 p) {
    // automatic exposure: the smallest level is the mean
    float mean = textureLod(iChannel0, vec2(.5), 10.).x;
    c = vec4(mean, texture(iChannel1, p / iResolution.xy).x, 0, 1);
}"""
        },
        lambda n, x, y: (0.5 + n / 60, np.where(x < WIDTH / 2, 1, n / 30), 0),
    ),
    Toy(
        "keyboard",
        {
            "toy.frag": """
// helios: iChannel0 = keyboard
const int KEY_SPACE = 32;
void mainImage(out vec4 c, in vec2 p) {
    float down = texelFetch(iChannel0, ivec2(KEY_SPACE, 0), 0).x;
    float toggled = texelFetch(iChannel0, ivec2(KEY_SPACE, 2), 0).x;
    vec2 size = iChannelResolution[0].xy / 512.;
    c = vec4(down + toggled, size.x, abs(dFdx(p.x)) > .99 ? 1. : 0., 1);
}"""
        },
        lambda n, x, y: (0, 0.5, 1),
    ),
)


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the programs show: a picture, a clip and a song."""
    folder = tmp_path_factory.mktemp("things")
    Image.fromarray(SAMPLE).save(folder / "toy.iChannel0.png")
    encode(folder / "clip.mp4", settings(), range(10))
    tone = 0.2 * np.sin(2 * np.pi * 1000 * np.arange(12_000) / 48_000)
    (folder / "tone.wav").write_bytes(wav(tone))
    return folder


@pytest.mark.parametrize("toy", TOYS, ids=lambda toy: toy.name)
def test_a_program_of_shadertoy_shows_what_it_should(
    toy: Toy, things: Path, source: Any, helpers: Any, tmp_path: Path
) -> None:
    for name, text in toy.files.items():
        (tmp_path / name).write_text(text.strip() + "\n")
    for need, file in (("picture", "toy.iChannel0.png"), ("clip", "clip.mp4")):
        if need in toy.needs:
            (tmp_path / file).write_bytes((things / file).read_bytes())
    track = AudioTrack(file=str(things / "tone.wav"))
    song = page_song(track, 30, FPS) if "song" in toy.needs else None
    more = {"song": song} if song else {}
    made = source(
        helpers.page("toy.frag", tmp_path), CaptureMethod.DIRECT, width=WIDTH, height=HEIGHT, **more
    )
    x, y = np.meshgrid(np.arange(WIDTH) + 0.5, HEIGHT - 0.5 - np.arange(HEIGHT))
    for picture in made.frames(START, COUNT):
        shown = helpers.rgb(picture).astype(float)
        wanted = [*toy.shows(picture.frame, x, y)]
        if song is not None:
            texture = film_textures(track, 30, FPS)[picture.frame] / 255
            wanted[:2] = texture[0, :WIDTH], texture[1, :WIDTH]
        for channel, level in enumerate(wanted):
            off = np.abs(shown[..., channel] - 255 * np.clip(level, 0, 1))
            assert off.max() <= 1.01, ("red", "green", "blue")[channel]
