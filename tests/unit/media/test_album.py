"""A folder of sounds and a CUE sheet, as tracks in order."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests.sounds import wav

from helios.errors import OptionError
from helios.media.album import Album, Track, read_album

RATE = 8000
SHEET = """REM GENRE "Trip  hop"
REM DATE 2001
PERFORMER "The Nobodies"
TITLE "Night Drive"
FILE "night.wav" WAVE
  TRACK 01 AUDIO
    TITLE "One"
    INDEX 01 00:00:15
  TRACK 02 AUDIO
    TITLE "Two"
    PERFORMER "A Guest"
    INDEX 00 00:00:60
    INDEX 01 00:01:00
FILE "last.wav" WAVE
  TRACK 03 AUDIO
    INDEX 01 00:00:00
"""


def sound(path: Path, seconds: float, **tags: str) -> Path:
    """Silence, with tags."""
    with av.open(str(path), "w") as container:
        container.metadata.update(tags)
        stream = container.add_stream("flac", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, round(seconds * RATE)), np.int16), "s16", "mono"
        )
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def sheet(folder: Path, text: str = SHEET) -> Path:
    for name, seconds in (("night.wav", 2.5), ("last.wav", 0.5)):
        (folder / name).write_bytes(wav(np.zeros((round(seconds * RATE), 1), np.float32), RATE))
    (folder / "album.cue").write_text(text)
    return folder / "album.cue"


def test_a_folder_is_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    common = {"album": "Night Drive", "date": "2001"}
    a = sound(tmp_path / "a.flac", 0.5, title="Last", artist="B", disc="2/2", track="1/1", **common)
    b = sound(tmp_path / "b.flac", 1.5, title="Second", artist="A", track="10/10", **common)
    c = sound(tmp_path / "c.flac", 1, title="First", artist="A", track="2", **common)
    (tmp_path / "cover.jpg").write_bytes(b"")
    (tmp_path / ".d.flac").write_bytes(b"")
    zero = Fraction(0)
    assert read_album(tmp_path) == Album(
        title="Night Drive",
        date="2001",
        tracks=(
            Track(file=c, start_s=zero, length_s=Fraction(1), title="First", artist="A"),
            Track(file=b, start_s=zero, length_s=Fraction(3, 2), title="Second", artist="A"),
            Track(file=a, start_s=zero, length_s=Fraction(1, 2), title="Last", artist="B"),
        ),
    )


def test_a_folder_without_numbers_is_in_the_order_of_its_names(tmp_path: Path) -> None:
    folder = tmp_path / "Night Drive"
    folder.mkdir()
    for name in ("10 - Ten.flac", "2. Two_of_us.flac", "1979.flac"):
        sound(folder / name, 0.5, artist="A")
    album = read_album(folder)
    assert (album.title, album.artist) == ("Night Drive", "A")
    assert [track.title for track in album.tracks] == ["Two of us", "Ten", "1979"]


def test_a_sheet_cuts_its_file_where_tracks_begin(tmp_path: Path) -> None:
    night, last = tmp_path / "night.wav", tmp_path / "last.wav"
    assert read_album(sheet(tmp_path)) == Album(
        title="Night Drive",
        artist="The Nobodies",
        date="2001",
        genre="Trip hop",
        tracks=(
            Track(
                file=night,
                start_s=Fraction(1, 5),
                length_s=Fraction(4, 5),
                title="One",
                artist="The Nobodies",
            ),
            Track(
                file=night,
                start_s=Fraction(1),
                length_s=Fraction(3, 2),
                title="Two",
                artist="A Guest",
            ),
            Track(
                file=last,
                start_s=Fraction(0),
                length_s=Fraction(1, 2),
                title="Track 3",
                artist="The Nobodies",
            ),
        ),
    )


def test_a_sheet_finds_what_was_encoded_since(tmp_path: Path) -> None:
    place = sheet(tmp_path, SHEET.replace("last.wav", "..\\last.wav"))
    (tmp_path / "in").mkdir()
    place = place.rename(tmp_path / "in" / "album.cue")
    (tmp_path / "night.wav").rename(tmp_path / "in" / "night.flac")
    assert [track.file.resolve() for track in read_album(place).tracks] == [
        *[tmp_path / "in" / "night.flac"] * 2,
        tmp_path / "last.wav",
    ]


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('"last.wav"', '"gone.wav"', "gone.wav, which is not there"),
        ("00:01:00", "00:09:00", r"line 9: track 2 runs from 9 to 2\.5 s of night\.wav"),
        ("00:01:00", "00:00:10", r"line 6: track 1 runs from 0\.2 to 0\.133"),
        ("00:01:00", "1 second", "line 13: '1 second' is no time"),
        ("INDEX 01", "INDEX 00", "line 6: track 1 has no INDEX 01"),
        ("TRACK 03 AUDIO", "TRACK 03 MODE1/2352", "line 15: a TRACK that is not AUDIO"),
        ('FILE "night.wav" WAVE', "", "line 6: a TRACK before any FILE"),
        ("TRACK", "TREK", "lists no tracks"),
    ],
)
def test_what_a_sheet_says_wrong_is_named(
    tmp_path: Path, was: str, becomes: str, said: str
) -> None:
    with pytest.raises(OptionError, match=said):
        read_album(sheet(tmp_path, SHEET.replace(was, becomes)))


def test_what_is_no_album_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="holds no sounds"):
        read_album(tmp_path)
    with pytest.raises(OptionError, match="does not exist"):
        read_album(tmp_path / "nowhere")
    place = sheet(tmp_path)
    with pytest.raises(OptionError, match="neither a folder nor a CUE sheet"):
        read_album(tmp_path / "last.wav")
    place.write_bytes(SHEET.replace("Night", "Nächte").encode("latin-1"))
    with pytest.raises(OptionError, match="not UTF-8"):
        read_album(place)
    (tmp_path / "torn.mp3").write_bytes(b"no sound")
    with pytest.raises(OptionError, match=r"torn\.mp3"):
        read_album(tmp_path)
