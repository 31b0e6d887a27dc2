"""Cases of EBU Tech 3341 and BS.1770, and a filter checked sample by sample."""

from __future__ import annotations

import numpy as np
import pytest

from helios.audio.loudness import (
    HOP,
    KWeighting,
    measure_lufs,
    momentary_lufs,
    peak_context,
    true_peaks,
)

RATE = 48_000


def sine(hz: float, db: float, seconds: float, channels: int = 2) -> np.ndarray:
    at = np.arange(round(seconds * RATE)) / RATE
    mono = 10 ** (db / 20) * np.sin(2 * np.pi * hz * at)
    return np.stack([mono] * channels, 1).astype(np.float32)


@pytest.mark.parametrize("db", [-23.0, -33.0])
def test_stereo_sine_of_ebu_3341(db: float) -> None:
    assert measure_lufs([sine(1000, db, 10)]) == pytest.approx(db, abs=0.1)


def test_gates_of_ebu_3341_case_3() -> None:
    parts = [sine(1000, -36, 10), sine(1000, -23, 60), sine(1000, -36, 10)]
    assert measure_lufs(parts) == pytest.approx(-23, abs=0.1)


def test_full_scale_in_one_channel_is_minus_three() -> None:
    assert measure_lufs([sine(997, 0, 5, 1)], 1) == pytest.approx(-3.01, abs=0.05)


def test_silence_and_nothing() -> None:
    assert measure_lufs([np.zeros((RATE, 2), np.float32)]) == -70
    assert measure_lufs([]) == -70


def test_the_filter_equals_its_recursion_across_blocks() -> None:
    noise = np.random.default_rng(1).standard_normal((HOP * 20, 1)).astype(np.float32)
    stages = (
        (
            (1.53512485958697, -2.69169618940638, 1.19839281085285),
            (-1.69065929318241, 0.73248077421585),
        ),
        ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621)),
    )
    filtered = noise[:, 0].astype(float)
    for (b0, b1, b2), (a1, a2) in stages:
        first = second = 0.0
        for i, x in enumerate(filtered):
            y = b0 * x + first
            first, second = b1 * x - a1 * y + second, b2 * x - a2 * y
            filtered[i] = y
    weighting = KWeighting(1)
    energies = [weighting.energies(noise[i : i + HOP * 4]) for i in range(0, len(noise), HOP * 4)]
    expected = (filtered.reshape(-1, HOP) ** 2).sum(axis=1)
    assert np.concatenate(energies) == pytest.approx(expected, rel=1e-5)


def test_momentary_follows_within_400_ms() -> None:
    sound = np.concatenate([np.zeros((RATE, 2), np.float32), sine(1000, -20, 1)])
    momentary = momentary_lufs(KWeighting().energies(sound))
    assert momentary[50] == -70
    assert momentary[150] == pytest.approx(-20, abs=0.2)


def test_true_peak_sees_between_samples() -> None:
    at = np.arange(RATE)
    tone = np.sin(2 * np.pi * at / 4 + np.pi / 4)[:, None].astype(np.float32)
    peaks, _ = true_peaks(tone, peak_context(1))
    assert np.abs(tone).max() == pytest.approx(0.707, abs=0.001)
    assert peaks[100:].max() == pytest.approx(1, abs=0.01)


def test_loudness_does_not_depend_on_the_size_of_blocks() -> None:
    noise = np.random.default_rng(3).standard_normal((2 * RATE, 2)).astype(np.float32) * 0.1
    noise[RATE:] *= 3
    pieces = [noise[i : i + 701] for i in range(0, len(noise), 701)]
    assert measure_lufs(pieces) == pytest.approx(measure_lufs([noise]), abs=1e-3)
