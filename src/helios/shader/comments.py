"""What ``// helios:`` comments say, one at a time."""

from __future__ import annotations

import math
import re
from pathlib import PurePosixPath

from helios.errors import ShaderError
from helios.shader.program import BUFFERS, COMMON, IMAGE, Channel, Parameter

MARK = re.compile(r"^\s*//\s*helios:\s*(.*?)\s*$", re.IGNORECASE)
SETTINGS = ("duration", "fps", "width", "height")
SECTIONS = (*BUFFERS, IMAGE)
_CHANNEL = re.compile(r"iChannel([0-3])\s*=\s*(.+)")
_SETTING = re.compile(rf"({'|'.join(SETTINGS)})\s*=\s*(\S+)")
_FILE = re.compile(rf"({'|'.join((*BUFFERS, COMMON))})\s*=\s*(\S.*)")
_PARAMETER = re.compile(
    r"(float|int|bool|color|vec2|vec3|vec4)\s+([A-Za-z]\w*)\s*=\s*"
    r"(\([^)]*\)|[^\s\[]+)\s*(?:\[\s*([^,\]]+?)\s*,\s*([^\]]+?)\s*\])?\s*(.*)"
)
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SIZES = {"vec2": 2, "vec3": 3, "vec4": 4}
_FILTERS, _WRAPS, _FLIPS = (
    ("linear", "nearest", "mipmap"),
    ("clamp", "repeat", "mirror"),
    ("flip", "noflip"),
)
_IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif", ".bmp", ".svg")
_VIDEOS = (".mp4", ".webm", ".mov", ".m4v", ".mkv", ".ogv")
_MADE = ("sound", "keyboard")
"""What is in no file."""
_SAYS = (
    "A comment says one of: pass bufferA; iChannel0 = FILE, sound, keyboard or bufferA;"
    " bufferA = FILE; common = FILE;"
    " float NAME = 1.0 [0, 2] label (also int, bool, color, vec2, vec3, vec4);"
    " duration = 20; fps = 60; width = 1920; height = 1080."
)

Said = tuple[str, str, object]
"""What kind of thing is said, of what, and the value."""


def read_comment(text: str, place: str) -> Said:
    """What a comment says: ``("pass", name, None)``, ``("channel", number, Channel)``,
    ``("file", name, address)``, ``("parameter", name, Parameter)`` or ``("setting", name, text)``.

    ``place`` is the file and line, for messages.

    Raises:
        ShaderError: it says nothing that is known.
    """
    word, _, rest = text.partition(" ")
    if word == "pass" and rest.strip() in SECTIONS:
        return "pass", rest.strip(), None
    if found := _CHANNEL.fullmatch(text):
        return "channel", found[1], read_channel(found[2], place)
    if found := _FILE.fullmatch(text):
        return "file", found[1], found[2]
    if found := _SETTING.fullmatch(text):
        return "setting", found[1], found[2]
    if found := _PARAMETER.fullmatch(text):
        return "parameter", found[2], _parameter(found, place)
    raise ShaderError(f"{place}: nothing is known of {text!r}", hint=_SAYS)


def read_channel(text: str, place: str) -> Channel:
    """``SOURCE[, filter][, wrap][, flip]``.

    Raises:
        ShaderError: no such source, filter or wrap.
    """
    source, *words = (word.strip() for word in text.split(","))
    if source in (*BUFFERS, *_MADE):
        kind, usual = source, {"filter": "linear", "wrap": "clamp", "flip": "noflip"}
    else:
        kind = file_kind(source)
        usual = {
            "filter": "mipmap" if kind == "image" else "linear",
            "wrap": "repeat",
            "flip": "flip",
        }
    if not kind:
        raise ShaderError(
            f"{place}: {source!r} is no picture, video, buffer, sound or keyboard",
            hint="Name a file (.png, .jpg, .webp, .mp4, .webm), sound, keyboard, or bufferA to"
            " bufferD.",
        )
    for word in words:
        name = next(
            (
                n
                for n, all_ in (("filter", _FILTERS), ("wrap", _WRAPS), ("flip", _FLIPS))
                if word in all_
            ),
            "",
        )
        if not name:
            known = ", ".join((*_FILTERS, *_WRAPS, *_FLIPS))
            raise ShaderError(f"{place}: nothing is known of {word!r}", hint=f"There are: {known}.")
        usual[name] = word
    return Channel(
        kind=kind,
        file=source if kind in ("image", "video") else "",
        filter=usual["filter"],
        wrap=usual["wrap"],
        flip=usual["flip"] == "flip",
    )


def file_kind(address: str) -> str:
    """image, video, or empty for a file that is neither, by its suffix."""
    suffix = PurePosixPath(address).suffix.lower()
    return "image" if suffix in _IMAGES else "video" if suffix in _VIDEOS else ""


def _parameter(found: re.Match[str], place: str) -> Parameter:
    type_, name, value, low, high, label = found.groups()
    parameter = Parameter(
        name=name,
        type=type_,
        default=_value(type_, value, place),
        low=_number(low, place) if low else None,
        high=_number(high, place) if high else None,
        label=label,
    )
    numbers = parameter.default if isinstance(parameter.default, tuple) else (parameter.default,)
    bounds = (parameter.low, parameter.high)
    if None not in bounds and any(
        isinstance(n, str | bool) or not bounds[0] <= n <= bounds[1]  # type: ignore[operator]
        for n in numbers
    ):
        raise ShaderError(f"{place}: {name} = {value} is not from {low} to {high}")
    return parameter


def _value(type_: str, text: str, place: str) -> float | bool | str | tuple[float, ...]:
    if type_ == "bool":
        if text not in ("true", "false"):
            raise ShaderError(f"{place}: a bool is true or false, not {text!r}")
        return text == "true"
    if type_ == "color":
        if not _COLOR.fullmatch(text):
            raise ShaderError(f"{place}: a color is written #rrggbb, not {text!r}")
        return text.lower()
    if type_ in _SIZES:
        numbers = tuple(_number(part, place) for part in text.strip("()").split(","))
        if len(numbers) != _SIZES[type_]:
            raise ShaderError(
                f"{place}: a {type_} is {_SIZES[type_]} numbers in brackets, not {text!r}"
            )
        return numbers
    number = _number(text, place)
    if type_ == "int" and number != int(number):
        raise ShaderError(f"{place}: an int is a whole number, not {text!r}")
    return int(number) if type_ == "int" else number


def _number(text: str, place: str) -> float:
    try:
        number = float(text.strip())
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ShaderError(f"{place}: {text.strip()!r} is no number")
    return number
