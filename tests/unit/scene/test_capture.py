"""Frames: the same however they are reached, and what each of them shows."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from helios.errors import CaptureError, OptionError, UnknownFormatError
from helios.scene.capture import CapturedFrame, FrameCapture, RenderTargetManager, in_order
from helios.scene.chance import seed_random
from helios.scene.library import template_names
from helios.scene.scene import SceneSettings
from helios.scene.score import Score
from helios.scene.timeline import SceneStepper

Settings = Callable[..., SceneSettings]
BARE: dict[str, Any] = {"name": "bare", "layers": [], "sky": {"kind": "none"}}


@contextmanager
def capturing(settings: SceneSettings, **more: Any) -> Iterator[FrameCapture]:
    capture = FrameCapture(settings, **more)
    try:
        yield capture
    finally:
        capture.dispose()


def shot(settings: SceneSettings, frame: int, **more: Any) -> NDArray[np.uint8]:
    with capturing(settings, **more) as capture:
        return capture.capture_frame(frame).planes[0]


def covered(settings: SceneSettings, frame: int) -> float:
    """Share of the picture in which particles are clearly visible."""
    layers = tuple(x.model_copy(update={"enabled": False}) for x in settings.template.layers)
    empty = settings.template.model_copy(update={"layers": layers})
    values = {name: getattr(settings, name) for name in settings.__slots__}
    without = shot(SceneSettings(**{**values, "template": empty}), frame).astype(int)
    return float(((shot(settings, frame) - without).max(axis=2) > 20).mean())


@pytest.mark.parametrize("name", ["etherealFlame", "aurora", "supernova"])
def test_frame_alone_equals_frame_in_a_sweep_and_with_other_threads(
    settings: Settings, name: str
) -> None:
    alone = shot(settings(name), 100, threads=1)
    assert np.array_equal(alone, shot(settings(name), 100, threads=3))
    with capturing(settings(name), threads=2) as capture:
        for frame in (300, 99, 100):
            swept = capture.capture_frame(frame).planes[0]
    assert np.array_equal(alone, swept)
    assert alone.std() > 3


def test_frame_is_the_same_in_another_process(settings: Settings) -> None:
    code = (
        "import hashlib; from fractions import Fraction;"
        "from helios.scene.capture import FrameCapture; from helios.scene.library import *;"
        "from helios.scene.scene import SceneSettings;"
        "s = SceneSettings(template=load_template('neonPulse'), width=160, height=90,"
        " fps=Fraction(30), total_frames=200);"
        "print(hashlib.sha256(FrameCapture(s).capture_frame(100).data).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    ).stdout.strip()
    here = settings("neonPulse", table=None, total_frames=200)
    with capturing(here) as capture:
        assert hashlib.sha256(capture.capture_frame(100).data).hexdigest() == other


def test_seed_changes_the_picture(settings: Settings) -> None:
    assert (shot(settings(seed=1), 60) != shot(settings(seed=2), 60)).mean() > 0.02


@pytest.mark.parametrize("name", template_names())
def test_every_template_draws_without_white_blow_out(settings: Settings, name: str) -> None:
    rest, loud = shot(settings(name), 20), shot(settings(name), 300)
    assert loud.astype(float).sum() > rest.astype(float).sum() * 1.05
    assert (loud.min(axis=2) > 240).mean() < 0.01


def test_flame_covers_what_the_target_look_asks_for(settings: Settings) -> None:
    flame = settings("etherealFlame")
    rest, loud = covered(flame, 20), covered(flame, 300)
    assert 0.06 < rest < 0.22
    assert 0.22 < loud < 0.45


def test_flame_is_warm(settings: Settings) -> None:
    picture = shot(settings({**_only_flame(settings)}), 300).astype(float)
    lit = picture.max(axis=2) > 80
    red, green, blue = (picture[..., c][lit].mean() for c in range(3))
    assert red > 1.3 * green > 1.3 * blue


def _only_flame(settings: Settings) -> dict[str, Any]:
    dump = settings("etherealFlame").template.model_dump(by_alias=True)
    return {**dump, "sky": {"kind": "none"}}


def test_beat_is_seen_and_fades(settings: Settings) -> None:
    light = [float(shot(settings("etherealFlame"), n).astype(float).sum()) for n in range(86, 106)]
    beat = 90 - 86
    assert max(light[beat : beat + 4]) > light[beat - 1]


def test_breakdown_calms_and_the_last_second_still_reacts(settings: Settings) -> None:
    scene = settings("supernova")
    verse, breakdown, end = (shot(scene, n).astype(float).sum() for n in (120, 200, 359))
    assert breakdown < 0.75 * verse
    assert end > 1.3 * breakdown


def test_large_picture_scaled_down_is_the_small_one(settings: Settings) -> None:
    template = {**_only_flame(settings)}
    small = shot(settings(template, width=160, height=90), 200).astype(float)
    large = shot(settings(template, width=640, height=360), 200).astype(float)
    shrunk = large.reshape(90, 4, 160, 4, 3).mean(axis=(1, 3))
    error = ((_smooth(small) - _smooth(shrunk)) ** 2).mean()
    assert 10 * np.log10(255**2 / error) > 40


def _smooth(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    for axis in (0, 1):
        picture = (np.roll(picture, 1, axis) + 2 * picture + np.roll(picture, -1, axis)) / 4
    return picture


def test_portrait_shows_the_same_orb(settings: Settings) -> None:
    upright = covered(settings("etherealFlame", width=90, height=160), 300)
    assert upright == pytest.approx(covered(settings("etherealFlame"), 300), rel=0.1)


def test_silence_is_dim_and_alive(settings: Settings) -> None:
    quiet = settings("etherealFlame", table=None)
    first, later = shot(quiet, 30).astype(int), shot(quiet, 90).astype(int)
    assert first.max() > 40
    assert (first != later).any()
    assert covered(quiet, 30) < covered(settings("etherealFlame"), 300)


def test_empty_scene_is_black(settings: Settings) -> None:
    assert shot(settings(BARE), 0).max() == 0


def test_frame_outside_the_film_is_refused(settings: Settings) -> None:
    with capturing(settings(BARE)) as capture, pytest.raises(OptionError, match="frame 360"):
        capture.capture_frame(360)


def test_data_is_rgba_and_belongs_to_the_caller(settings: Settings) -> None:
    with capturing(settings("neonPulse")) as capture:
        first = capture.capture_frame(100)
        before = first.data
        capture.capture_frame(250)
        assert first.data == before
    pixels = np.frombuffer(before, np.uint8).reshape(90, 160, 4)
    assert np.array_equal(pixels[..., :3], first.planes[0])
    assert (pixels[..., 3] == 255).all()
    assert (first.frame_number, first.width, first.height) == (100, 160, 90)
    assert first.timestamp == pytest.approx(100 / 30)


def test_gamma_brightens_in_one_place(settings: Settings) -> None:
    with capturing(settings("neonPulse")) as capture:
        plain = capture.capture_frame(100).planes[0]
        capture.set_gamma_correction(2.2)
        bright = capture.capture_frame(100).planes[0]
        capture.set_gamma_correction(1)
        assert np.array_equal(capture.capture_frame(100).planes[0], plain)
    expected = np.round((plain / 255) ** (1 / 2.2) * 255)
    assert np.array_equal(bright, expected)
    with pytest.raises(CaptureError, match="gamma"):
        FrameCapture(settings(BARE), gamma=0)


def test_disposed_capture_says_so(settings: Settings) -> None:
    capture = FrameCapture(settings(BARE))
    capture.dispose()
    capture.dispose()
    with pytest.raises(CaptureError, match="disposed"):
        capture.capture_frame(0)


def test_frames_come_in_the_order_asked_for(settings: Settings) -> None:
    with capturing(settings(BARE)) as capture:
        got = [f.frame_number for f in capture.capture_frames([5, 3, 9, 0], ahead=3)]
    assert got == [5, 3, 9, 0]


def test_order_is_kept_when_later_work_is_faster() -> None:
    def draw(number: int) -> CapturedFrame:
        time.sleep(0.02 if number == 0 else 0)
        return CapturedFrame(frame_number=number, width=2, height=2, timestamp=0, planes=())

    assert [f.frame_number for f in in_order(draw, range(4), ahead=4)] == [0, 1, 2, 3]


def test_stepping_by_hand_hears_what_it_is_given(settings: Settings) -> None:
    stepper = SceneStepper(settings("etherealFlame", table=None))
    silent = stepper.step_to_frame(30).layers[0].gains.copy()
    loud = {"amplitude": 1.0, "bass": 1.0, "mid": 1.0, "high": 1.0, "isBeat": 1}
    for frame in range(25, 31):
        heard = stepper.step_to_frame(frame, loud).layers[0].gains
    assert heard[0, 1] > 2 * silent[0, 1]
    assert stepper.current_frame == 30
    stepper.reset()
    assert stepper.current_frame == 0
    assert np.array_equal(stepper.step_to_frame(30).layers[0].gains, silent)


def test_what_one_frame_hears_is_not_heard_before_it(settings: Settings) -> None:
    stepper = SceneStepper(settings("etherealFlame", table=None))
    silent = stepper.step_to_frame(10).layers[0].gains.copy()
    stepper.step_to_frame(30, {"amplitude": 1.0, "bass": 1.0, "mid": 1.0})
    assert np.array_equal(stepper.step_to_frame(10).layers[0].gains, silent)


def test_every_hue_of_a_layer_has_its_own_colours(settings: Settings) -> None:
    layer = {"id": "a", "colors": ["#ff0000"]}
    turning = settings({**BARE, "layers": [layer], "hueSpeed": 0.5})
    swept = SceneStepper(turning)
    ramps = [swept.step_to_frame(frame).layers[0].ramp.copy() for frame in (0, 10, 20)]
    assert np.array_equal(ramps[2], SceneStepper(turning).step_to_frame(20).layers[0].ramp)
    assert not np.array_equal(ramps[1], ramps[2])


def test_water_dims_the_sky_no_more_than_land_does(settings: Settings) -> None:
    lake = settings("emberLake").template
    dim = lake.sky.model_copy(update={"brightness": 0.5})
    dark = lake.model_copy(update={"layers": (), "features": (), "score": Score(), "sky": dim})
    land = dark.model_copy(update={"water": dark.water.model_copy(update={"enabled": False})})
    wet, dry = (
        shot(settings(template.model_dump(by_alias=True)), 100) for template in (dark, land)
    )
    assert dry[:30].max() > 20
    assert np.array_equal(wet[:30], dry[:30])


def test_seeded_chance_repeats() -> None:
    first, second = seed_random(7), seed_random(7)
    numbers = [first() for _ in range(1000)]
    assert numbers == [second() for _ in range(1000)]
    assert 0 <= min(numbers) < max(numbers) < 1
    assert np.mean(numbers) == pytest.approx(0.5, abs=0.03)
    assert seed_random(8)() != numbers[0]


def test_named_sizes_come_from_the_one_table() -> None:
    targets = RenderTargetManager()
    assert targets.preset("4k-portrait") is targets.presets["flat-4k-portrait"]
    assert (targets.preset("360-4k").width, targets.preset("360-4k").height) == (4096, 2048)
    with pytest.raises(UnknownFormatError):
        targets.preset("5k")


def test_particles_per_layer_may_be_a_million(settings: Settings, tmp_path: Path) -> None:
    layer = {"id": "many", "particleCount": 1_000_000, "baseSize": 0.1, "spawnRadius": 2}
    picture = shot(settings({**BARE, "layers": [layer]}, table=None), 10)
    assert (picture > 0).mean() > 0.2
