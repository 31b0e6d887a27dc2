from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.sounds import wav

from helios.audio.bands import BANDS_HZ, LEVEL_EDGES_HZ
from helios.audio.hops import Hops, join_hops, measure_hops
from helios.media.sound import decode_sound

RATE = 48_000


def hops_of(data: bytes) -> Hops:
    return join_hops(list(measure_hops(decode_sound(data, sample_rate=RATE, channels=2))))


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
def test_a_sweep_lands_in_the_right_bands(rate: int) -> None:
    seconds, low, high = 8.0, 25.0, min(rate / 2.3, 19_000.0)
    at = np.arange(round(seconds * rate)) / rate
    steep = np.log(high / low) / seconds
    sweep = 0.5 * np.sin(2 * np.pi * low / steep * (np.exp(at * steep) - 1))
    hops = hops_of(wav(sweep, rate))
    names = list(BANDS_HZ)
    for index in range(20, len(hops) - 20):
        pitch = low * np.exp((index + 0.5) / 100 * steep)
        for edges, values in ((BANDS_HZ, hops.bands), (LEVEL_EDGES_HZ, hops.levels)):
            inside = [i for i, (a, b) in enumerate(edges.values()) if a * 1.25 < pitch < b / 1.25]
            if inside:
                assert values[index].argmax() == inside[0], (pitch, names)
                assert values[index, inside[0]] == pytest.approx(0.5, rel=0.1)


def test_a_full_scale_sine_has_level_one() -> None:
    sine = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    hops = hops_of(wav(sine))
    assert hops.bands[50, 3] == pytest.approx(1, abs=0.01)
    assert hops.power[50] == pytest.approx(0.5, abs=0.01)
    assert hops.centroid[50] == pytest.approx(1000, rel=0.01)
    assert hops.flatness[50] < 0.01


def test_noise_is_flat_and_wide() -> None:
    noise = np.random.default_rng(2).standard_normal((RATE, 2)) * 0.1
    hops = hops_of(wav(noise))
    assert hops.flatness.mean() > 0.7
    assert (hops.side / hops.power).mean() == pytest.approx(0.5, abs=0.05)


def test_measures_do_not_depend_on_how_the_sound_is_cut() -> None:
    noise = (np.random.default_rng(3).standard_normal((3 * RATE + 77, 2)) * 0.1).astype(np.float32)

    def cut(size: int) -> Hops:
        return join_hops(
            list(measure_hops(noise[i : i + size] for i in range(0, len(noise), size)))
        )

    one, other = cut(997), cut(50_000)
    assert len(one) == 301
    for field in fields(Hops):
        first: NDArray[np.float32] = getattr(one, field.name)
        assert np.allclose(first, getattr(other, field.name), atol=1e-4, rtol=1e-2)


def test_the_attack_of_a_click_is_exact_to_the_sample() -> None:
    places = np.arange(0.1, 2.9, 0.1) + np.random.default_rng(4).uniform(0, 0.09, 28)
    samples = np.zeros(3 * RATE)
    samples[np.round(places * RATE).astype(int)] = 0.7
    hops = hops_of(wav(samples))
    for place in np.round(places * RATE) / RATE:
        hop = int(place * 100 + 1e-6)
        assert hop / 100 + hops.attack_s[hop] == pytest.approx(place, abs=1e-6)


@pytest.mark.parametrize("hertz", [60.0, 120.0, 1000.0, 6000.0])
def test_opposite_phase_is_heard_as_loud_as_equal_phase(hertz: float) -> None:
    tone = 0.5 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
    tone[: RATE // 2] = 0
    equal = hops_of(wav(np.stack([tone, tone], 1)))
    opposite = hops_of(wav(np.stack([tone, -tone], 1)))
    for name in ("bands", "levels", "spectrum", "power", "centroid", "rise", "attack_s"):
        values = getattr(equal, name), getattr(opposite, name)
        assert values[1] == pytest.approx(values[0], rel=1e-3, abs=1e-4), name


def test_one_sides_bass_beside_the_others_treble_are_both_heard() -> None:
    at = np.arange(RATE) / RATE
    bass, treble = (0.5 * np.sin(2 * np.pi * hertz * at) for hertz in (80.0, 5000.0))
    apart = hops_of(wav(np.stack([bass, treble], 1)))
    assert apart.levels[50, [0, 2]] == pytest.approx(0.5 * 0.5**0.5, rel=0.1)


def test_measures_do_not_depend_on_what_was_before_by_more_than_they_look_back() -> None:
    """A hop in the second block of a long sound is what it is in the first of a shorter one."""
    noise = (np.random.default_rng(5).standard_normal((6 * RATE, 2)) * 0.1).astype(np.float32)
    whole = join_hops(list(measure_hops(iter([noise]))))
    later = join_hops(list(measure_hops(iter([noise[2 * RATE :]]))))
    for name in ("bands", "levels", "centroid", "attack_s", "rise", "peak"):
        expected = getattr(later, name)[20:300]
        assert np.allclose(getattr(whole, name)[220:500], expected, atol=1e-5, rtol=1e-3), name
