"""A song made of numbers, and scenes small enough for a test."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from helios.scene.audio_input import FeatureColumns
from helios.scene.library import load_template
from helios.scene.scene import SceneSettings


def a_song(seconds: float = 12, fps: int = 30) -> FeatureColumns:
    """Quiet, then a verse with a beat every half second, a breakdown, and a loud end."""
    total = int(seconds * fps)
    t = np.arange(total) / fps
    level = np.interp(
        t / seconds,
        [0, 0.1, 0.11, 0.4, 0.41, 0.6, 0.61, 1],
        [0.03, 0.03, 0.5, 0.5, 0.08, 0.08, 0.95, 0.9],
    )
    phase = (2 * t) % 1
    kick = np.exp(-6 * phase) * (level > 0.3)
    beat = np.zeros(total)
    beat[1:] = (phase[1:] < phase[:-1]) & (level[1:] > 0.3)
    bands = np.stack([level * (0.5 + 0.5 * np.sin(t * (1 + i))) for i in range(8)], axis=1)

    def column(values: Any) -> Any:
        return np.clip(values, 0, 1).astype(np.float32)

    return FeatureColumns(
        total_frames=total,
        fps=Fraction(fps),
        amplitude=column(level * 0.7 + 0.2 * kick),
        bass=column(level * (0.3 + 0.7 * kick)),
        mid=column(level * 0.8),
        high=column(level * 0.6),
        is_beat=column(beat),
        bands=column(bands),
        envelopes=column(bands),
        onset=column(kick),
        beat_phase=column(phase),
        energy=column(level),
    )


@pytest.fixture
def song() -> FeatureColumns:
    return a_song()


@pytest.fixture
def settings(song: FeatureColumns) -> Callable[..., SceneSettings]:
    """Settings for a template by name or content, 160 by 90 unless told."""

    def make(template: object = "etherealFlame", **values: Any) -> SceneSettings:
        standard: dict[str, Any] = {
            "width": 160,
            "height": 90,
            "fps": song.fps,
            "total_frames": song.total_frames,
            "table": song,
        }
        return SceneSettings(template=load_template(template), **{**standard, **values})  # type: ignore[arg-type]

    return make
