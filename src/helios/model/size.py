"""Sizes in bytes, as people write them."""

from __future__ import annotations

import re

from helios.errors import OptionError

_FACTORS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def parse_bytes(text: str) -> int:
    """Bytes from ``8G``, ``512M``, ``2GiB`` or a plain number; powers of 1024.

    Raises:
        OptionError: not a size.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", text.strip().lower())
    if not found or float(found[1]) <= 0:
        raise OptionError(f"a size is a number such as 512M or 8G, not {text!r}")
    return int(float(found[1]) * _FACTORS[found[2]])
