"""What the processor can do, as far as encoders get it wrong."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def has_avx512() -> bool:
    """Whether this is an x86 processor with AVX-512 (Linux; elsewhere False)."""
    try:
        return "avx512f" in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
