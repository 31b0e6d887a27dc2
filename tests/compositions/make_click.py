"""Writes ``click.wav``: 10 ms at 48 kHz that begin on their first sample at full level."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

SAMPLE_RATE = 48_000

time_s = np.arange(SAMPLE_RATE // 100) / SAMPLE_RATE
samples = np.cos(2 * np.pi * 2_000 * time_s) * np.exp(-time_s / 0.002) * 0.9
with wave.open(str(Path(__file__).with_name("click.wav")), "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(SAMPLE_RATE)
    file.writeframes((samples * 32_767).astype("<i2").tobytes())
