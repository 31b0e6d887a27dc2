"""A machine that has no fonts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch


@contextmanager
def no_fonts() -> Iterator[None]:
    """Browsers that are started in here find no font on this machine."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
        config.write("<fontconfig><dir>/nonexistent</dir></fontconfig>")
        config.flush()
        Path(config.name).chmod(0o644)  # the browser may be another user
        with patch.dict(os.environ, FONTCONFIG_FILE=config.name):
            yield
