"""The films of an album's tracks, and all of them joined."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.films import encode, settings, shown, sound_of
from tests.sounds import tagged_mp3, wav

import helios
from helios.drawing.overlays import with_tags
from helios.errors import OptionError
from helios.media.album import Album, Track
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions
from helios.rendering.album import album_films, join_album, other_films

RATE = 48_000
LENGTHS_S = (Fraction(1, 4), Fraction(7, 20), Fraction(3, 10))
"""Of three tracks, which end between frames."""


def tone(seconds: Fraction) -> NDArray[np.float32]:
    at_s = np.arange(round(seconds * RATE)) / RATE
    return np.repeat(0.5 * np.sin(2 * np.pi * 440 * at_s).astype(np.float32)[:, None], 2, axis=1)


@pytest.fixture
def album(tmp_path: Path) -> Album:
    """One tone over three tracks: two in a file, the third in another."""
    whole = tone(sum(LENGTHS_S, Fraction(0)))
    cut = round((LENGTHS_S[0] + LENGTHS_S[1]) * RATE)
    one, other = tmp_path / "one.wav", tmp_path / "other.wav"
    one.write_bytes(wav(whole[:cut], RATE))
    other.write_bytes(wav(whole[cut:], RATE))
    starts_s = (Fraction(0), LENGTHS_S[0], Fraction(0))
    files = (one, one, other)
    tracks = tuple(
        Track(file=file, start_s=start_s, length_s=length_s, title=f"Stück {number}/3")
        for number, (file, start_s, length_s) in enumerate(
            zip(files, starts_s, LENGTHS_S, strict=True), 1
        )
    )
    return Album(title="Lieder", artist="Wir", date="1999", tracks=tracks)


def test_each_track_is_a_film_and_they_meet_at_the_nearest_frame(
    album: Album, tmp_path: Path
) -> None:
    options = RenderOptions.read({"tags": {"genre": "Folk"}})
    films = album_films(album, "silkTides", tmp_path / "all.mkv", options)
    assert [config.options.duration for config in films.configs] == [
        Fraction(8, 30),
        Fraction(10, 30),
        Fraction(9, 30),
    ]
    assert films.total_frames == 27
    second = films.configs[1]
    assert second.output == str(tmp_path / "all" / "02_stück_2_3.mkv")
    assert (second.options.audio[0].file, second.options.audio[0].seek) == (
        str(tmp_path / "one.wav"),
        LENGTHS_S[0],
    )
    assert second.options.tags == {
        "title": "Stück 2/3",
        "track": "2/3",
        "artist": "Wir",
        "album": "Lieder",
        "album_artist": "Wir",
        "date": "1999",
        "genre": "Folk",
    }


def test_films_of_tracks_that_an_album_had_before_are_found(album: Album, tmp_path: Path) -> None:
    films = album_films(album, "silkTides", tmp_path / "all.mkv", RenderOptions())
    folder = tmp_path / "all"
    folder.mkdir()
    old = folder / "02_ending.mkv"
    mine = folder / "notes.mkv"
    for path in (old, mine, folder / "03_x.mp4", *(Path(str(c.output)) for c in films.configs)):
        path.touch()
    assert other_films(films) == (old,)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_the_joined_film_has_all_pictures_one_sound_chapters_and_tags(
    album: Album, tmp_path: Path, suffix: str
) -> None:
    options = RenderOptions.read({"audio_codec": "flac" if suffix == "mkv" else "pcm_s16le"})
    if suffix == "mp4":
        options = RenderOptions.read({"audio_codec": "alac"})
    films = album_films(album, "silkTides", tmp_path / f"all.{suffix}", options)
    parts, first = [], 0
    for number, config in enumerate(films.configs):
        count = round((config.options.duration or 0) * 30)
        path = tmp_path / f"{number}.{suffix}"
        parts.append(encode(path, settings(suffix), range(first, first + count)))
        first += count
    result = join_album(films, parts)
    assert shown(result.path) == list(range(27))
    heard = sound_of(result.path)
    assert len(heard) == result.sound_samples == 27 * RATE // 30
    assert np.abs(heard - tone(Fraction(27, 30))).max() < 2e-4
    with av.open(str(result.path)) as film:
        tags = {name.lower(): text for name, text in film.metadata.items()}
        chapters = [
            (each["metadata"]["title"], each["start"] * each["time_base"])
            for each in film.chapters()
        ]
    assert {name: tags[name] for name in ("title", "artist", "album", "date")} == {
        "title": "Lieder",
        "artist": "Wir",
        "album": "Lieder",
        "date": "1999",
    }
    assert chapters == [
        ("Stück 1/3", 0),
        ("Stück 2/3", LENGTHS_S[0]),
        ("Stück 3/3", LENGTHS_S[0] + LENGTHS_S[1]),
    ]


def test_a_film_says_what_it_is_asked_to_say(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    tags = {"title": "Nächte", "artist": "Wir", "comment": "draft"}
    helios.render(
        lambda _: np.zeros((64, 64, 3), np.uint8), film, width=64, height=64, duration=1, tags=tags
    )
    with av.open(str(film)) as container:
        said = container.metadata
    assert {name: said[name] for name in tags} == tags


def test_pages_are_told_what_the_film_says_of_itself_before_what_the_song_says(
    tmp_path: Path,
) -> None:
    song = tmp_path / "song.mp3"
    song.write_bytes(tagged_mp3(tone(Fraction(1, 4)), RATE, TIT2="Song", TPE1="She"))
    scene = Composition(kind=CompositionKind.SCENE, location="silkTides", root=None)
    bare = CompositionFacts(composition=scene)
    tags = {"tags": {"title": "Film", "genre": "Folk"}}
    heard = with_tags(bare, RenderOptions.read({"audio": str(song), **tags}))
    assert dict(heard.song_tags) == {"title": "Film", "artist": "She"}
    assert dict(with_tags(bare, RenderOptions.read(tags)).song_tags) == {"title": "Film"}


@pytest.mark.parametrize(
    ("option", "value"),
    [("audio", "x.wav"), ("duration", 3), ("frames", "png"), ("react_to", "x.wav")],
)
def test_what_the_tracks_say_is_not_said_twice(
    album: Album, tmp_path: Path, option: str, value: object
) -> None:
    options = RenderOptions.read({option: value})
    with pytest.raises(OptionError, match="the tracks say"):
        album_films(album, "silkTides", tmp_path / "all.mp4", options)


def test_an_album_is_a_film_that_sounds(album: Album, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="no room for sound"):
        album_films(album, "silkTides", tmp_path / "all.gif", RenderOptions())
    with pytest.raises(OptionError, match="shorter than a frame"):
        album_films(album, "silkTides", tmp_path / "all.mp4", RenderOptions.read({"fps": 1}))
    film = tmp_path / "film.mp4"
    film.touch()
    track = Track(file=film, start_s=Fraction(0), length_s=Fraction(1), title="T")
    with pytest.raises(OptionError, match="read to make what would replace it"):
        album_films(Album(title="A", tracks=(track,)), "silkTides", film, RenderOptions())
