"""Analyse a stranger's sound, with limits."""

from __future__ import annotations

from helios.executors.call import HearCall, HeardSection, HeardSound, Reply
from helios.process.limits import limit_self

MEMORY_BYTES = 6 << 30
TABLE_BYTES = 1 << 30
"""The table is kept on the disk, for previews and the render."""
POINTS = 800


def hear(call: HearCall) -> Reply:
    """Say what is in a sound. This process can do less from now on.

    Raises:
        HeliosError: it is not a sound that can be read.
    """
    limit_self(memory_bytes=MEMORY_BYTES, cpu_s=call.cpu_s, file_bytes=TABLE_BYTES)
    import numpy as np

    from helios.audio.analyzer import PreAnalyzer
    from helios.audio.columns import BAND_NAMES

    table = PreAnalyzer(fps=call.fps).analyze(call.sound)
    rows = table["envelopes"]
    edges = np.linspace(0, len(rows), min(POINTS, max(1, len(rows))), endpoint=False)
    loudest = np.maximum.reduceat(rows, edges.astype(np.int64)) if len(rows) else rows
    heard = HeardSound(
        duration=table.duration,
        bpm=table.bpm,
        beats=tuple(round(float(beat), 3) for beat in table.beat_times),
        sections=tuple(
            HeardSection(start=s.start_s, end=s.end_s, kind=s.kind, energy=round(s.energy, 3))
            for s in table.sections
        ),
        band_names=BAND_NAMES,
        bands=tuple(tuple(round(float(v), 3) for v in band) for band in loudest.T),
    )
    return Reply(event="done", heard=heard)
