"""Decode a stranger's sound, with limits."""

from __future__ import annotations

from pathlib import Path

from helios.executors.call import ProbeCall, Reply, SoundFacts
from helios.process.limits import limit_self

MEMORY_BYTES = 3 << 30
POINTS = 400


def probe(call: ProbeCall) -> Reply:
    """Say what a sound is. This process can do less from now on.

    Raises:
        HeliosError: it is not a sound that can be read.
    """
    limit_self(memory_bytes=MEMORY_BYTES, cpu_s=call.cpu_s)
    return Reply(event="done", sound=describe(call.sound))


def describe(path: Path) -> SoundFacts:
    """Decode all of a sound.

    Raises:
        HeliosError: it is not a sound that can be read.
    """
    import numpy as np

    from helios.media.sound import decode_sound, probe_sound
    from helios.rendering.cut import WINDOW_S, levels_of

    info = probe_sound(path)
    levels = levels_of(decode_sound(path, channels=1), info.sample_rate)
    edges = np.linspace(0, len(levels), min(POINTS, max(1, len(levels))), endpoint=False)
    peaks = np.maximum.reduceat(levels, edges.astype(np.int64)) if len(levels) else np.zeros(1)
    top = float(peaks.max()) or 1.0
    return SoundFacts(
        duration=max(float(info.duration_s), len(levels) * float(WINDOW_S)),
        sample_rate=info.sample_rate,
        channels=info.channels,
        levels=tuple(round(float(peak) / top, 3) for peak in peaks),
    )
