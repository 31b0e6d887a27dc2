"""The text of a cue: its few inline styles as our own tags, everything else escaped."""

from __future__ import annotations

import html
import re
from fractions import Fraction
from typing import get_args

from helios.model.subtitles import Place, Side

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:[.\s][^<>]*)?)/?>")
_VTT_TAG = re.compile(r"<(/?)([A-Za-z]*)([^<>]*)>")
_VTT_CLOCK = re.compile(r"(?:(\d{1,5}):)?(\d{1,2}):(\d{1,2}\.\d{3})", re.ASCII)
_KARAOKE = re.compile(r"\d{1,6}", re.ASCII)
_CODE = re.compile(r"\{([^{}]*\\[^{}]*)\}")
_OVERRIDE = re.compile(r"\\(\d?[A-Za-z]+)(\([^)]*\)|&H[0-9A-Fa-f]+&?|[^\\]*)")
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[A-Za-z]{3,20}")
_CLASS = re.compile(r"[A-Za-z][\w-]*")
_SIMPLE = ("b", "i", "u", "s")
_STYLE_FIELDS = {"b": "bold", "i": "italic", "u": "underline", "s": "strikeout"}
_WHITE = "#ffffff"


class TextBuilder:
    """Collects text and styles; tags that were opened are closed, in order."""

    def __init__(self) -> None:
        self.place: Place = "bottom"
        self.side: Side = "center"
        self.has_words = False
        self.marks: list[tuple[int, Fraction]] = []
        """Characters before a word with a time of its own, and the time as the file gives it."""
        self._length = 0
        self._sung_s = Fraction(0)
        self._parts: list[str] = []
        self._open: list[tuple[str, str]] = []

    def text(self, words: str) -> None:
        """Add words; line breaks stay."""
        self.has_words = self.has_words or bool(words.strip())
        self._length += len(words)
        self._parts.append(html.escape(words).replace("\n", "<br>").replace("\xa0", "&nbsp;"))

    def mark(self, seconds: Fraction) -> None:
        """What follows begins at this time."""
        self.marks.append((self._length, seconds))

    def sing(self, seconds: Fraction) -> None:
        """What follows takes so long, after what was sung before."""
        self.mark(self._sung_s)
        self._sung_s += seconds

    def begin(self, name: str, opening: str) -> None:
        """Open a tag, named ``name`` for ``end``."""
        self._open.append((name, opening))
        self._parts.append(opening)

    def end(self, name: str) -> None:
        """Close the last tag of that name; those opened since are opened again."""
        if name not in (each for each, _ in self._open):
            return
        again = []
        while self._open:
            each, opening = self._open.pop()
            self._parts.append(_closing(opening))
            if each == name:
                break
            again.append((each, opening))
        for each, opening in reversed(again):
            self.begin(each, opening)

    def set_place(self, numpad: int) -> None:
        """Put the cue where a key lies on a number pad: 8 is the middle of the top."""
        if 1 <= numpad <= 9:
            places: tuple[Place, ...] = get_args(Place)[::-1]
            sides: tuple[Side, ...] = get_args(Side)
            self.place, self.side = places[(numpad - 1) // 3], sides[(numpad - 1) % 3]

    def html(self) -> str:
        """All of it, with every tag closed."""
        closing = [_closing(opening) for _, opening in reversed(self._open)]
        return "".join([*self._parts, *closing])


def _closing(opening: str) -> str:
    return f"</{opening[1:].split(maxsplit=1)[0].rstrip('>')}>"


def srt_text(text: str) -> TextBuilder:
    """SubRip: ``<b>``, ``<i>``, ``<u>``, ``<s>``, ``<font color>`` and ``{\\an8}``; other tags are
    words."""
    built = TextBuilder()
    at = 0
    for match in re.finditer(f"{_TAG.pattern}|{_CODE.pattern}", text):
        built.text(text[at : match.start()])
        at = match.end()
        slash, name, rest, code = match.groups()
        if code is not None:
            _override(built, code)
        elif name.lower() in _SIMPLE:
            _simple(built, name.lower(), is_end=bool(slash))
        elif name.lower() == "font":
            _font(built, rest, is_end=bool(slash))
        else:
            built.text(match.group())
    built.text(text[at:])
    return built


def vtt_text(text: str, settings: str) -> TextBuilder:
    """WebVTT: its tags, classes, voices and entities, and where the settings put the cue."""
    built = TextBuilder()
    _vtt_place(built, settings)
    at = 0
    for match in _VTT_TAG.finditer(text):
        built.text(html.unescape(text[at : match.start()]))
        at = match.end()
        slash, name, rest = match.groups()
        classes = [each for each in rest.split(" ")[0].split(".") if _CLASS.fullmatch(each)]
        clock = _VTT_CLOCK.fullmatch(rest) if not (slash or name) else None
        if clock is not None:
            hours, minutes, seconds = clock.groups()
            built.mark(int(hours or 0) * 3600 + int(minutes) * 60 + Fraction(seconds))
        elif name in _SIMPLE:
            _simple(built, name, is_end=bool(slash))
        elif name in ("c", "v") and slash:
            built.end(name)
        elif name == "c":
            built.begin("c", f'<span class="{" ".join(classes)}">')
        elif name == "v":
            speaker = html.escape(html.unescape(rest.partition(" ")[2]), quote=True)
            named = " ".join(["voice", *classes])
            built.begin("v", f'<span class="{named}" data-voice="{speaker}">')
    built.text(html.unescape(text[at:]))
    return built


def _vtt_place(built: TextBuilder, settings: str) -> None:
    values = dict(each.partition(":")[::2] for each in settings.split() if ":" in each)
    line = values.get("line", "").split(",")[0]
    if line.endswith("%"):
        per_cent = float(line[:-1]) if re.fullmatch(r"\d+(\.\d+)?%", line) else 100.0
        built.place = "top" if per_cent < 34 else "middle" if per_cent < 67 else "bottom"
    elif line.isdigit():
        built.place = "top" if int(line) < 8 else "bottom"
    align = values.get("align", "")
    if align in ("start", "left"):
        built.side = "left"
    elif align in ("end", "right"):
        built.side = "right"


def ass_text(text: str, style: dict[str, str]) -> TextBuilder:
    """SubStation Alpha: bold, italic, underline, strike-out, colour, place; by style and code."""
    built = TextBuilder()
    alignment = style.get("alignment", "")
    if alignment.isdigit():
        built.set_place(_numpad(int(alignment)) if style.get("old") else int(alignment))
    for tag, field in _STYLE_FIELDS.items():
        if style.get(field, "0") not in ("0", ""):
            built.begin(tag, f"<{tag}>")
    colour = _ass_colour(style.get("primarycolour", ""))
    if colour and colour != _WHITE:
        built.begin("colour", f'<span style="color:{colour}">')
    drawing = False
    for place, part in enumerate(re.split(r"\{([^{}]*)\}", text)):
        if place % 2:
            _override(built, part)
            for scale in re.findall(r"\\p(\d+)", part):
                drawing = scale != "0"
        elif not drawing:
            built.text(part.replace(r"\N", "\n").replace(r"\n", " ").replace(r"\h", "\xa0"))
    return built


def _override(built: TextBuilder, code: str) -> None:
    for name, words in _OVERRIDE.findall(code):
        value = words.strip()
        if name in _SIMPLE and value.isdigit():
            built.end(name)
            if value != "0":
                built.begin(name, f"<{name}>")
        elif name in ("c", "1c"):
            built.end("colour")
            if colour := _ass_colour(value):
                built.begin("colour", f'<span style="color:{colour}">')
        elif name in ("k", "K", "kf", "ko") and _KARAOKE.fullmatch(value):
            built.sing(Fraction(int(value), 100))
        elif name == "an" and value.isdigit():
            built.set_place(int(value))
        elif name == "a" and value.isdigit():
            built.set_place(_numpad(int(value)))
        elif name == "r":
            for each in (*_SIMPLE, "colour"):
                built.end(each)


def _numpad(old: int) -> int:
    """An alignment of the first SubStation Alpha as a key of the number pad."""
    column = old & 3 or 2
    return column + (6 if old & 4 else 3 if old & 8 else 0)


def _ass_colour(value: str) -> str:
    """``&HBBGGRR&``, maybe with transparency before, as CSS has it; empty for anything else."""
    match = re.fullmatch(r"&?H?([0-9A-Fa-f]{1,8})&?", value)
    if match is None or not value.upper().startswith("&H"):
        return ""
    digits = match.group(1).zfill(6)[-6:].lower()
    return f"#{digits[4:6]}{digits[2:4]}{digits[0:2]}"


def _simple(built: TextBuilder, name: str, *, is_end: bool) -> None:
    if is_end:
        built.end(name)
    else:
        built.begin(name, f"<{name}>")


def _font(built: TextBuilder, rest: str, *, is_end: bool) -> None:
    if is_end:
        built.end("font")
        return
    match = re.search(r"color\s*=\s*[\"']?([^\"'\s>]+)", rest, re.IGNORECASE)
    colour = match.group(1) if match else ""
    known = _COLOUR.fullmatch(colour)
    built.begin("font", f'<span style="color:{colour}">' if known else "<span>")
