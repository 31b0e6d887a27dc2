"""``python -m helios.server.probing FILE SECONDS``: decode a stranger's sound, with limits.

Prints one JSON object: what the sound is and how loud along its length, or what is wrong.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from helios.errors import HeliosError
from helios.process.child import die_with_parent
from helios.process.limits import limit_self

MEMORY_BYTES = 3 << 30
POINTS = 400


def describe(path: Path) -> dict[str, Any]:
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
    return {
        "duration": max(float(info.duration_s), len(levels) * float(WINDOW_S)),
        "sample_rate": info.sample_rate,
        "channels": info.channels,
        "levels": [round(float(peak) / top, 3) for peak in peaks],
    }


def main() -> int:
    """Describe the file named on the command line."""
    die_with_parent()
    limit_self(memory_bytes=MEMORY_BYTES, cpu_s=int(sys.argv[2]))
    try:
        answer = describe(Path(sys.argv[1]))
    except HeliosError as error:
        answer = {"error": error.message}
    except MemoryError:
        answer = {"error": "it takes too much memory to decode"}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
