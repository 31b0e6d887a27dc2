"""Where what can be fetched or computed again is kept between runs, for this user."""

from __future__ import annotations

import os
from pathlib import Path


def cache_home() -> Path:
    """``$HELIOS_CACHE_DIR``, or the user's cache folder."""
    if chosen := os.environ.get("HELIOS_CACHE_DIR"):
        return Path(chosen).absolute()
    import platformdirs

    return platformdirs.user_cache_path("helios")
