"""The header that says what a file which is sent is called."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

_NOT_IN_ASCII_NAMES = re.compile(r'[^ -~]|["\\%]')


def disposition(name: str, *, inline: bool) -> str:
    """``Content-Disposition`` of a file: its name in UTF-8, and before it, for programs that know
    no such names, the nearest one in ASCII (RFC 6266).

    Example:
        >>> disposition("Söng.mp4", inline=False)
        'attachment; filename="Song.mp4"; filename*=UTF-8\\'\\'S%C3%B6ng.mp4'
    """
    kind = "inline" if inline else "attachment"
    apart = unicodedata.normalize("NFKD", name)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    plain = _NOT_IN_ASCII_NAMES.sub("_", bare)
    if plain == name:
        return f'{kind}; filename="{name}"'
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
