"""What to say of characters that no font has."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

_CJK = "fonts-noto-cjk"
_SCRIPTS = (
    ("HANGUL", "Korean", _CJK),
    ("CJK", "Chinese or Japanese", _CJK),
    ("HIRAGANA", "Japanese", _CJK),
    ("KATAKANA", "Japanese", _CJK),
)
_SHOWN = 12


def boxes_at_start(first_frames: Mapping[str, int]) -> tuple[str, ...]:
    """One warning for all characters without a glyph that are there when the film begins.

    ``first_frames``: the characters, and the first frame that has each; -1: while it loads.
    """
    found = [character for character, frame in first_frames.items() if frame <= 0]
    return (_warning(found, ""),) if found else ()


def boxes_later(first_frames: Mapping[str, int]) -> tuple[str, ...]:
    """A warning for each script that first comes while the film runs.

    Of its characters those of its first frame are named: whatever chunk lives through that says the
    same.
    """
    scripts: dict[tuple[str, str], dict[str, int]] = {}
    for character, frame in first_frames.items():
        scripts.setdefault(_script_of(character), {})[character] = frame
    warnings = []
    for characters in scripts.values():
        first = min(characters.values())
        if first > 0:
            found = sorted(each for each, frame in characters.items() if frame == first)
            warnings.append(_warning(found, f" from frame {first} on"))
    return tuple(warnings)


def _warning(characters: Iterable[str], when: str) -> str:
    found = list(characters)
    scripts = {script for script, _ in map(_script_of, found)}
    packages = {package for _, package in map(_script_of, found)}
    shown = "".join(found[:_SHOWN]) + ("..." if len(found) > _SHOWN else "")
    return (
        f"no font has {shown} ({', '.join(sorted(scripts))}): boxes are drawn instead{when}. "
        f"Install {' and '.join(sorted(packages))}, or put a font beside the page (@font-face)"
    )


def _script_of(character: str) -> tuple[str, str]:
    """The script of a character, and a package with fonts for it."""
    name = unicodedata.name(character, "")
    for start, script, package in _SCRIPTS:
        if name.startswith(start):
            return script, package
    if ord(character) >= 0x1F000 or unicodedata.category(character) == "So":
        return "emoji and symbols", "fonts-noto-color-emoji"
    return name.partition(" ")[0].capitalize() or "unknown", "fonts-noto-core"
