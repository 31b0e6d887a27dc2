"""Read lyrics and transcripts with times: LRC, subtitles, JSON of transcribers."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from helios.errors import OptionError
from helios.files.documents import as_text, parse_json, read_bytes, validated
from helios.media.lrc import LAST_LINE_S, lrc_lines, lrc_tags
from helios.media.subtitles import read_subtitles
from helios.model.captions import CaptionLine, CaptionWord
from helios.model.formats import SOUND_SUFFIXES

_MAX_BYTES = 16 << 20
_SUBTITLES = re.compile(r"-->|^\s*\[(?:script info|events)\]", re.IGNORECASE | re.MULTILINE)
_VOICE = re.compile(r'data-voice="([^"]+)"')
_WORD_S = 0.3
_PAUSE_S = 0.8
_ROW = 42
"""Words without lines are parted at pauses, sentences and this many characters."""


def read_captions(path: Path) -> tuple[CaptionLine, ...]:
    """The lines of a file, by time; what kind it is, its content says.

    Raises:
        OptionError: it cannot be read, or has no words with times.
    """
    text, what = _text(path)
    if re.match(r"\s*(?:\{|\[\s*[{\]])", text):
        lines = _of_json(parse_json(text, what, max_bytes=_MAX_BYTES), what)
    elif _SUBTITLES.search(text):
        lines = list(_of_subtitles(path, what))
    else:
        try:
            lines = list(lrc_lines(text))
        except OptionError as error:
            raise OptionError(f"{what}: {error.message}", hint=error.hint) from None
    if not lines:
        raise OptionError(
            f"{what}: it has no words with times",
            hint="Give LRC with [mm:ss.xx], SRT, WebVTT, ASS, or the JSON of a transcriber.",
        )
    return tuple(sorted(lines, key=lambda line: line.start_s))


def read_caption_tags(path: Path) -> dict[str, str]:
    """What the file says of its song: ``title``, ``artist`` and ``album``, as LRC does.

    Raises:
        OptionError: it cannot be read.
    """
    return lrc_tags(_text(path)[0])


def _text(path: Path) -> tuple[str, str]:
    """What is in the file, and what it is called in errors."""
    what = f"captions {path.name}"
    if path.suffix.lower() in SOUND_SUFFIXES:
        raise OptionError(
            f"{what}: it is a sound", hint="Give its words with their times: LRC, SRT, WebVTT, ASS."
        )
    return as_text(read_bytes(path, what, max_bytes=_MAX_BYTES), what), what


def _of_subtitles(path: Path, what: str) -> Iterator[CaptionLine]:
    try:
        cues = read_subtitles(path).cues
    except OptionError as error:
        raise OptionError(f"{what}: it has no cue that can be shown") from error
    for cue in cues:
        text = html.unescape(re.sub(r"<[^>]*>", "", cue.html.replace("<br>", "\n")))
        start, end = max(float(cue.start_s), 0.0), float(cue.end_s)
        voice = _VOICE.search(cue.html)
        yield CaptionLine(
            start_s=start,
            end_s=end,
            words=tuple(_cue_words(text, start, end, cue.marks)),
            speaker=html.unescape(voice[1]) if voice else None,
        )


def _cue_words(
    text: str, start: float, end: float, marks: tuple[tuple[int, Fraction], ...]
) -> Iterator[CaptionWord]:
    """A cue's words: parted where the file gives a time, which never goes back."""
    begin, at = start, 0
    for place, moment_s in (*marks, (len(text), Fraction(end))):
        until = min(max(float(moment_s), begin), end)
        if text[at:place].strip():
            yield CaptionWord(start_s=begin, end_s=until, text=text[at:place])
        begin, at = until, place


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True, allow_inf_nan=False)


_Seconds = Annotated[float, Field(ge=0, le=1e6)]


class _Word(_Model):
    text: str = Field("", alias="word")
    start: _Seconds | None = None
    end: _Seconds | None = None
    speaker: str | int | None = None


class _Segment(_Model):
    start: _Seconds = 0.0
    end: _Seconds | None = None
    text: str = ""
    words: list[_Word] = []
    speaker: str | int | None = None


class _Transcript(_Model):
    """What whisper, its relatives and OpenAI's service write, and the page's own ``lines``."""

    segments: list[_Segment] = []
    lines: list[_Segment] = []
    words: list[_Word] = []


def _of_json(value: Any, what: str) -> list[CaptionLine]:
    if isinstance(value, list):
        is_lines = any(isinstance(each, dict) and "words" in each for each in value)
        value = {"lines" if is_lines else "words": value}
    told = validated(_Transcript, value, what)
    if not any(segment.words for segment in (*told.lines, *told.segments)) and told.words:
        return list(_parted(list(_timed_words(told.words, _Segment()))))
    found = (_segment_line(segment) for segment in (*told.lines, *told.segments))
    return [line for line in found if line is not None]


def _segment_line(segment: _Segment) -> CaptionLine | None:
    words = [word for word, _ in _timed_words(segment.words, segment)]
    is_timed = "start" in segment.model_fields_set
    if not words and is_timed and segment.text.strip():
        end = segment.start + LAST_LINE_S if segment.end is None else segment.end
        words = [CaptionWord(start_s=segment.start, end_s=end, text=segment.text.strip())]
    if not words:
        return None
    end = words[-1].end_s if segment.end is None else max(segment.end, words[0].start_s)
    speaker = None if segment.speaker is None else str(segment.speaker)
    return CaptionLine(
        start_s=min(segment.start or words[0].start_s, words[0].start_s),
        end_s=end,
        words=tuple(words),
        speaker=speaker,
    )


def _timed_words(
    words: Iterable[_Word], segment: _Segment
) -> Iterator[tuple[CaptionWord, str | None]]:
    """Words with their speakers, and with the times that they lack: from the word before, to the
    next."""
    known = [word for word in words if word.text.strip()]
    texts = [word.text for word in known]
    is_spaced = any(text != text.strip() for text in texts)
    is_whole = "".join(texts) == segment.text.strip()
    following = [segment.end] * len(known)
    for n in range(len(known) - 2, -1, -1):
        start = known[n + 1].start
        following[n] = following[n + 1] if start is None else start
    at = segment.start
    for n, word in enumerate(known):
        begin = at if word.start is None else word.start
        stop = word.end if word.end is not None else following[n]
        at = max(begin + _WORD_S if stop is None else stop, begin)
        text = word.text if is_spaced or is_whole or n == 0 else f" {word.text}"
        speaker = None if word.speaker is None else str(word.speaker)
        yield CaptionWord(start_s=begin, end_s=at, text=text), speaker


def _parted(words: list[tuple[CaptionWord, str | None]]) -> Iterator[CaptionLine]:
    """Lines of words that came without any."""
    row: list[CaptionWord] = []
    speaker: str | None = None
    for word, who in words:
        if row:
            length = sum(len(each.text) for each in row) + len(word.text)
            is_over = row[-1].text.rstrip().endswith((".", "!", "?", "…", "。"))
            pause = word.start_s - row[-1].end_s
            if is_over or pause > _PAUSE_S or length > _ROW or who != speaker:
                yield _line(row, speaker)
                row = []
        row.append(word)
        speaker = who
    if row:
        yield _line(row, speaker)


def _line(words: list[CaptionWord], speaker: str | None) -> CaptionLine:
    return CaptionLine(
        start_s=words[0].start_s, end_s=words[-1].end_s, words=tuple(words), speaker=speaker
    )
