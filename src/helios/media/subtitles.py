"""Read subtitle files: SubRip, WebVTT, SubStation Alpha, and lyrics (LRC)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

from helios.errors import OptionError
from helios.files.documents import read_bytes
from helios.media.lrc import lrc_lines
from helios.media.subtitle_text import TextBuilder, ass_text, srt_text, vtt_text
from helios.model.subtitles import Cue, Subtitles

_CLOCK = r"(-?)\s*(?:(\d+):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMES = re.compile(rf"^\s*{_CLOCK}\s*-->\s*{_CLOCK}(.*)$")
_ASS_CLOCK = re.compile(rf"^\s*{_CLOCK}\s*$")
_SHOWN_WARNINGS = 5
_HINT = "Give an SRT, WebVTT, ASS or LRC file."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    line: int
    start_s: Fraction
    end_s: Fraction
    text: TextBuilder
    marks_from_s: Fraction = Fraction(0)
    """What the times of its words are counted from."""


def read_subtitles(path: Path) -> Subtitles:
    """The cues of a file, in the order of their times; what kind it is, its content says.

    Raises:
        OptionError: it cannot be read, is no subtitle file, or has no cue to show.
    """
    refused = partial(OptionError, hint=_HINT)
    return parse_subtitles(read_bytes(path, f"--subtitles {path}", error=refused), path.name)


def parse_subtitles(data: bytes, name: str) -> Subtitles:
    """The cues of what a file of that name holds.

    Raises:
        OptionError: it is no subtitle file, or has no cue to show.
    """
    lines = _decoded(data, name).splitlines()
    head = next((line.strip() for line in lines if line.strip()), "")
    if head.startswith("WEBVTT"):
        found = list(_timed(lines, is_vtt=True))
    elif any(line.strip().lower() in ("[script info]", "[events]") for line in lines[:200]):
        found = list(_dialogues(lines))
    else:
        found = list(_timed(lines, is_vtt=False)) or list(_sung(lines))
    if not found:
        raise _no_subtitles(name, "it has no cue")
    cues, warnings = [], []
    for each in found:
        trouble = _trouble(each)
        if trouble:
            warnings.append(f"{name}, line {each.line}: {trouble}")
            continue
        cues.append(
            Cue(
                start_s=each.start_s,
                end_s=each.end_s,
                html=each.text.html(),
                place=each.text.place,
                side=each.text.side,
                marks=tuple((at, each.marks_from_s + s) for at, s in each.text.marks),
            )
        )
    if not cues:
        raise _no_subtitles(name, f"no cue of it can be shown ({warnings[0]})")
    if len(warnings) > _SHOWN_WARNINGS:
        rest = len(warnings) - _SHOWN_WARNINGS
        warnings = [*warnings[:_SHOWN_WARNINGS], f"{name}: {rest} more cues are left out"]
    ordered = sorted(cues, key=lambda cue: (cue.start_s, cue.end_s))
    return Subtitles(cues=tuple(ordered), warnings=tuple(warnings))


def _trouble(found: _Found) -> str:
    if found.end_s <= found.start_s:
        return "the cue ends before it begins and is left out"
    if found.end_s <= 0:
        return "the cue lies before the film and is left out"
    return "" if found.text.has_words else "the cue is empty and is left out"


def _no_subtitles(name: str, why: str) -> OptionError:
    return OptionError(f"--subtitles: {name} holds no subtitles: {why}", hint=_HINT)


def _decoded(data: bytes, name: str) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data:
        raise _no_subtitles(name, "it is not text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise OptionError(
            f"--subtitles: {name} is not UTF-8 (line {line}, byte 0x{data[error.start]:02x})",
            hint=f"Convert it, for example: iconv -f windows-1252 -t utf-8 {name} > new.srt",
        ) from error


def _seconds(
    sign: str, hours: str | None, minutes: str, seconds: str, part: str | None
) -> Fraction:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    value = whole + Fraction(int(part or 0), 10 ** len(part or "0"))
    return -value if sign else value


def _timed(lines: Sequence[str], *, is_vtt: bool) -> Iterator[_Found]:
    """Cues whose times stand on a line of their own, with an arrow."""
    places = [number for number, line in enumerate(lines) if _TIMES.match(line)]
    for place, following in pairwise([*places, len(lines)]):
        groups = _match(lines[place])
        body = list(lines[place + 1 : following])
        if is_vtt:
            blank = next((i for i, line in enumerate(body) if not line.strip()), len(body))
            text = vtt_text("\n".join(body[:blank]), groups[10] or "")
        else:
            text = srt_text("\n".join(_without_number(body, is_last=following == len(lines))))
        yield _Found(
            line=place + 1, start_s=_seconds(*groups[:5]), end_s=_seconds(*groups[5:10]), text=text
        )


def _sung(lines: Sequence[str]) -> Iterator[_Found]:
    """Lines of LRC, each as long as it is sung; its times are milliseconds at the finest."""
    for line in lrc_lines("\n".join(lines)):
        text = TextBuilder()
        text.text(line.text)
        start_s, end_s = (Fraction(round(1000 * s), 1000) for s in (line.start_s, line.end_s))
        if end_s > start_s:
            yield _Found(line=0, start_s=start_s, end_s=end_s, text=text)


def _match(line: str) -> list[str]:
    match = _TIMES.match(line)
    assert match is not None
    return list(match.groups())


def _without_number(body: list[str], *, is_last: bool) -> list[str]:
    """The lines of a cue without the number of the next one."""
    while body and not body[-1].strip():
        body.pop()
    if (
        not is_last
        and body
        and body[-1].strip().isdigit()
        and (len(body) == 1 or not body[-2].strip())
    ):
        body.pop()
    while body and not body[-1].strip():
        body.pop()
    return body


def _dialogues(lines: Sequence[str]) -> Iterator[_Found]:
    section, order = "", {"styles": list[str](), "events": list[str]()}
    styles: dict[str, dict[str, str]] = {}
    for number, line in enumerate(lines, 1):
        key, colon, value = line.partition(":")
        key = key.strip().lower()
        if line.strip().startswith("["):
            section = "events" if line.strip().lower() == "[events]" else "styles"
            is_old = line.strip().lower() == "[v4 styles]"
        elif colon and key == "format":
            order[section or "events"] = [name.strip().lower() for name in value.split(",")]
        elif key == "style" and order["styles"]:
            row = dict(zip(order["styles"], map(str.strip, value.split(",")), strict=False))
            row["old"] = "1" if is_old else ""
            styles[row.get("name", "").lstrip("*")] = row
        elif key == "dialogue" and order["events"]:
            fields = value.split(",", len(order["events"]) - 1)
            row = dict(zip(order["events"], fields, strict=False))
            start, end = (_ASS_CLOCK.match(row.get(name, "")) for name in ("start", "end"))
            if start is not None and end is not None:
                style = styles.get(row.get("style", "").strip().lstrip("*"), {})
                start_s = _seconds(*start.groups())
                yield _Found(
                    line=number,
                    start_s=start_s,
                    marks_from_s=start_s,
                    end_s=_seconds(*end.groups()),
                    text=ass_text(row.get("text", ""), style),
                )
