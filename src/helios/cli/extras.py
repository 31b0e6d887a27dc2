"""Optional parts of Helios: present, or named in one line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from helios.errors import ExtraMissing
from helios.remedies.table import extra_remedy


@contextlib.contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Imports that only work with an extra installed.

    Raises:
        ExtraMissing: it is not.
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("helios"):
            raise
        raise ExtraMissing(
            f"{missing.name} is not installed",
            hint=f"Install it: {extra_remedy(extra)}",
        ) from missing
