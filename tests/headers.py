"""Headers as those who get them read them."""

from __future__ import annotations

import re
from urllib.parse import unquote


def named(disposition: str) -> tuple[str, str]:
    """Kind and name that a ``Content-Disposition`` gives: ``filename*`` wins (RFC 6266)."""
    found = re.fullmatch(
        r"(\w+); filename=\"([^\"\\\\%]*)\"(?:; filename\*=UTF-8''([\w%.~-]+))?",
        disposition,
        re.ASCII,
    )
    assert found, disposition
    kind, plain, whole = found.groups()
    return kind, plain if whole is None else unquote(whole, errors="strict")
