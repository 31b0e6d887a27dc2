from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from helios.audio.mapping import Mapping, ReactivityPreset, feature
from helios.audio.presets import PRESET_NAMES, reactivity_preset
from helios.audio.table import PreAnalysisResult, silent_table
from helios.errors import OptionError


def table(fps: int = 30, seconds: int = 4) -> PreAnalysisResult:
    """Bass jumps to 1 from second 1 to 2; a beat at second 1."""
    made = silent_table(fps * seconds, Fraction(fps))
    made.columns["bass"][fps : 2 * fps] = 1
    made.columns["mid"][:] = 0.5
    made.columns["is_beat"][fps] = True
    return PreAnalysisResult(
        fps=made.fps,
        total_frames=made.total_frames,
        duration=made.duration,
        columns=made.columns,
        beat_times=np.array([1.0]),
    )


def test_gate_gain_curve_and_range() -> None:
    mid = Mapping(source="mid", target="x", gate=0.25, gain=1.5, curve=2, low=10, high=20)
    assert mid.evaluate(table())[0] == pytest.approx(10 + 10 * 0.5**2)
    gated = Mapping(source="mid", target="x", gate=0.6)
    assert not gated.evaluate(table()).any()


@pytest.mark.parametrize("fps", [30, 60, 120])
def test_attack_and_release_are_seconds(fps: int) -> None:
    slow = Mapping(source="bass", target="x", attack_s=0.2, release_s=0.4)
    values = slow.evaluate(table(fps))
    twice = 1 - np.exp(-0.4 / 0.2) * (1 + 0.4 / 0.2)
    assert values[round(1.4 * fps)] == pytest.approx(twice, abs=0.08)
    assert values[2 * fps - 1] > 0.9 > values[3 * fps] > 0


def test_delay_shifts() -> None:
    late = Mapping(source="bass", target="x", delay_s=0.5).evaluate(table())
    assert list(np.flatnonzero(np.diff(late))) == [44, 74]


def test_transients_lift_a_sudden_rise() -> None:
    plain = Mapping(source="bass", target="x", attack_s=0.1, release_s=0.1, drive=0.3)
    sharp = plain.model_copy(update={"transients": 1.0})
    assert sharp.evaluate(table())[31] > 1.5 * plain.evaluate(table())[31]
    assert sharp.evaluate(table())[59] == pytest.approx(plain.evaluate(table())[59], abs=0.02)


def test_several_features_make_a_weighted_mean() -> None:
    both = Mapping(source={"bass": 1, "mid": 3}, target="x")
    assert both.evaluate(table())[40] == pytest.approx(1 / 4 + 3 / 4 * 0.5)


def test_a_beat_is_held_80_ms() -> None:
    assert list(np.flatnonzero(feature(table(60), "beat"))) == [60, 61, 62, 63, 64]


@pytest.mark.parametrize("name", ["loudnes", "bands", "bands.boom", "bass.air"])
def test_unknown_features_are_named(name: str) -> None:
    with pytest.raises(OptionError, match="no such feature"):
        feature(table(), name)


@pytest.mark.parametrize("name", PRESET_NAMES)
def test_presets_rest_in_silence_and_bloom_with_sound(name: str) -> None:
    preset = reactivity_preset(name)
    values = preset.evaluate(table(60))
    assert {"bass.size", "all.brightness", "high.position", "pulse"} <= set(values)
    assert values["bass.size"][0] == pytest.approx(1)
    assert 0.05 < values["bass.brightness"][0] < 0.25
    assert values["bass.size"].max() > 1.2
    assert values["bass.brightness"].max() > 0.75
    assert 1.01 < values["pulse"].max() < 1.6
    assert ReactivityPreset.model_validate_json(preset.model_dump_json()) == preset


def test_phonk_hits_harder_than_meditation() -> None:
    hard, soft = (reactivity_preset(n).evaluate(table(60)) for n in ("phonk", "meditation"))
    assert hard["bass.size"][66] - 1 > 2 * (soft["bass.size"][66] - 1)


def test_bad_mappings_are_refused() -> None:
    with pytest.raises(ValidationError):
        Mapping(source="bass", target="x", gate=1)
    with pytest.raises(OptionError, match="no such preset"):
        reactivity_preset("trance")
