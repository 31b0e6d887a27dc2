"""Whether code of a page may blur what is drawn: a guess from its text."""

from __future__ import annotations

import re

_WORDS = (
    b"drop-shadow(",
    b"feGaussianBlur",
    b"feDropShadow",
    b"feDisplacementMap",
    b"feConvolveMatrix",
)
# With a length, as CSS and scripts write it; not the methods of that name. It begins with letters,
# for which large libraries are searched quickly, and looks back only then.
_BLUR = re.compile(
    rb"""blur\((?<![.\w]blur\()\s*(?:[\d."'`$+-]|calc|var|max|min|clamp)""",
)


def may_blur(code: bytes) -> bool:
    """Whether HTML, CSS, SVG or a script has words that blur."""
    return any(word in code for word in _WORDS) or _BLUR.search(code) is not None
