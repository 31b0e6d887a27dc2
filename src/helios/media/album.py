"""Albums: a folder of sounds, or a CUE sheet, as tracks in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from helios.errors import HeliosError, OptionError
from helios.files.documents import read_text
from helios.media.sound import probe_sound, read_tags
from helios.model.formats import SOUND_SUFFIXES

CUE = ".cue"
MOST_TRACKS = 999
_TAGS = ("title", "artist", "album", "album_artist", "track", "disc", "date", "genre")
_CUE_FRAMES_PER_S = 75
"""Red Book: a second has 75 frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One track: a sound, or a part of one."""

    file: Path
    start_s: Fraction
    length_s: Fraction
    title: str
    artist: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """Tracks in order, and what they have in common; texts are empty where nothing is known."""

    title: str
    artist: str = ""
    date: str = ""
    genre: str = ""
    tracks: tuple[Track, ...]


def read_album(place: Path) -> Album:
    """The album that a folder or a CUE sheet is.

    A folder's sounds are in the order of their disc and track numbers if all have these, else of
    their names (2 before 10).

    Raises:
        OptionError: there is none, or a sound of it cannot be read; the message names it.
    """
    if place.is_dir():
        album = _of_folder(place)
    elif place.suffix.lower() == CUE:
        album = _of_cue(place)
    else:
        why = "is neither a folder nor a CUE sheet" if place.exists() else "does not exist"
        raise OptionError(
            f"--album: {place} {why}", hint="Name a folder of sounds, or a file that ends in .cue."
        )
    if len(album.tracks) > MOST_TRACKS:
        raise OptionError(f"--album: {place} has more than {MOST_TRACKS} tracks")
    return album


def _of_folder(folder: Path) -> Album:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: _natural(entry.name))
    except OSError as error:
        raise OptionError(f"--album: cannot read {folder}: {error.strerror or error}") from error
    files = [
        entry
        for entry in entries
        if entry.suffix.lower() in SOUND_SUFFIXES
        and not entry.name.startswith(".")
        and entry.is_file()
    ]
    if not files:
        raise OptionError(
            f"--album: {folder} holds no sounds", hint=f"Tracks end in {', '.join(SOUND_SUFFIXES)}."
        )
    found = [(file, _length_s(file), read_tags(file, _TAGS)) for file in files]
    places = [(_number(tags, "disc") or 1, _number(tags, "track")) for _, _, tags in found]
    if all(number is not None for _, number in places):
        order = sorted(range(len(found)), key=lambda n: (places[n][0], places[n][1] or 0))
        found = [found[n] for n in order]
    tags_of_all = [tags for _, _, tags in found]
    return Album(
        title=_common(tags_of_all, "album") or folder.resolve().name or "Album",
        artist=_common(tags_of_all, "album_artist") or _common(tags_of_all, "artist"),
        date=_common(tags_of_all, "date"),
        genre=_common(tags_of_all, "genre"),
        tracks=tuple(
            Track(
                file=file,
                start_s=Fraction(0),
                length_s=length_s,
                title=tags.get("title") or _title_of(file),
                artist=tags.get("artist", ""),
            )
            for file, length_s, tags in found
        ),
    )


def _length_s(file: Path) -> Fraction:
    try:
        return probe_sound(file).duration_s
    except HeliosError as error:
        raise OptionError(f"--album: {file}: {error.message}", hint=error.hint) from error


def _natural(name: str) -> list[tuple[int, str]]:
    """How names with numbers are sorted: 2 comes before 10."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts if part]


def _number(tags: dict[str, str], name: str) -> int | None:
    """``3`` of ``3/12``."""
    found = re.match(r"\s*(\d{1,6})", tags.get(name, ""))
    return int(found[1]) if found else None


def _common(tags: Iterable[dict[str, str]], name: str) -> str:
    """What all that say it agree on."""
    said = {each[name] for each in tags if name in each}
    return said.pop() if len(said) == 1 else ""


def _title_of(file: Path) -> str:
    """The file's name without the number before it."""
    return re.sub(r"^\d+\s*[-._)]*\s*", "", file.stem).replace("_", " ").strip() or file.stem


@dataclass(kw_only=True)
class _Listed:
    """A track as a CUE sheet lists it."""

    line: int
    file: str
    number: int
    texts: dict[str, str] = field(default_factory=dict)
    start_s: Fraction | None = None


def _of_cue(place: Path) -> Album:
    try:
        text = read_text(place, f"--album {place}")
    except OptionError as error:
        hint = error.hint or "Sheets are UTF-8: iconv -f windows-1252 -t utf-8 old.cue > new.cue"
        raise OptionError(error.message, hint=hint) from error
    of_album: dict[str, str] = {}
    listed: list[_Listed] = []
    file = ""
    for number, line in enumerate(text.splitlines(), 1):
        words = _words(line)
        match [words[0].upper() if words else "", *words[1:]]:
            case ["FILE", name, *_]:
                file = name
            case ["TRACK", which, *kind]:
                if not file:
                    raise _bad_line(place, number, "a TRACK before any FILE")
                if [each.upper() for each in kind] != ["AUDIO"]:
                    raise _bad_line(place, number, "a TRACK that is not AUDIO")
                if not which.isdecimal() or len(which) > 3:
                    raise _bad_line(place, number, f"{which!r} is no number")
                listed.append(_Listed(line=number, file=file, number=int(which)))
            case ["INDEX", "01" | "1", *time] if listed:
                listed[-1].start_s = _cue_time(place, number, " ".join(time))
                listed[-1].file = file
            case ["TITLE" | "PERFORMER" as name, said, *_]:
                (listed[-1].texts if listed else of_album)[name] = _line(said)
            case ["REM", "DATE" | "GENRE" as name, said, *_]:
                of_album.setdefault(name, _line(said))
            case _:
                pass  # what else a sheet says has no meaning for a film
    if not listed:
        raise OptionError(
            f"--album: {place} lists no tracks", hint="It has no line TRACK 01 AUDIO."
        )
    artist = of_album.get("PERFORMER", "")
    return Album(
        title=of_album.get("TITLE") or place.stem,
        artist=artist,
        date=of_album.get("DATE", ""),
        genre=of_album.get("GENRE", ""),
        tracks=tuple(
            replace(
                track,
                title=each.texts.get("TITLE") or f"Track {each.number}",
                artist=each.texts.get("PERFORMER") or artist,
            )
            for each, track in zip(listed, _placed(place, listed), strict=True)
        ),
    )


def _placed(place: Path, listed: list[_Listed]) -> Iterator[Track]:
    """Where each track lies in its file: it ends where the next one of the file begins."""
    lengths: dict[str, tuple[Path, Fraction]] = {}
    for each, after in pairwise([*listed, None]):
        assert each is not None
        if each.start_s is None:
            raise _bad_line(place, each.line, f"track {each.number} has no INDEX 01")
        if each.file not in lengths:
            file = _file_of(place, each.file)
            lengths[each.file] = (file, _length_s(file))
        file, whole_s = lengths[each.file]
        end_s = whole_s
        if after is not None and after.file == each.file and after.start_s is not None:
            end_s = min(whole_s, after.start_s)
        if each.start_s >= end_s:
            raise _bad_line(
                place,
                each.line,
                f"track {each.number} runs from {float(each.start_s):g} to {float(end_s):g} s"
                f" of {file.name}, which has {float(whole_s):g} s",
            )
        yield Track(file=file, start_s=each.start_s, length_s=end_s - each.start_s, title="")


def _words(line: str) -> list[str]:
    """``FILE "a b.wav" WAVE`` as three words."""
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', line)]


def _line(text: str) -> str:
    return " ".join(text.split())[:500]


def _cue_time(place: Path, number: int, text: str) -> Fraction:
    found = re.fullmatch(r"(\d{1,4}):([0-5]\d):([0-6]\d|7[0-4])", text)
    if found is None:
        raise _bad_line(place, number, f"{text!r} is no time such as 03:25:74")
    minutes, seconds, frames = map(int, found.groups())
    return minutes * 60 + seconds + Fraction(frames, _CUE_FRAMES_PER_S)


def _file_of(place: Path, name: str) -> Path:
    """The sound that a sheet names; one that was encoded since has another suffix."""
    named = place.parent / name.replace("\\", "/")
    candidates = (named, *(named.with_suffix(suffix) for suffix in SOUND_SUFFIXES))
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise OptionError(
        f"--album: {place.name} names {name}, which is not there",
        hint=f"Put it beside the sheet; its suffix may be another: {', '.join(SOUND_SUFFIXES)}.",
    )


def _bad_line(place: Path, number: int, why: str) -> OptionError:
    return OptionError(f"--album: {place.name}, line {number}: {why}", hint="Correct the sheet.")
