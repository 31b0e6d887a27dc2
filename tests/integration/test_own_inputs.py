"""A film never replaces what it is made of, whatever its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.films import encode_parts, settings

import helios
from helios.errors import HeliosError, OptionError
from helios.model.audio import AudioTrack
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions
from helios.rendering.emit import emit
from helios.rendering.find import find_composition
from helios.rendering.merge import merge_files
from helios.rendering.orchestrator import RenderOrchestrator


def dark(frame: int) -> NDArray[np.uint8]:
    return np.full((64, 64, 3), frame, np.uint8)


def a_sounding_film(folder: Path) -> Path:
    """A file that is a sound and could be a film's name."""
    import av

    path = folder / "song.mp4"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("aac", rate=48_000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), "fltp", "mono")
        silence.sample_rate = 48_000
        film.mux(stream.encode(silence))
        film.mux(stream.encode(None))
    return path


def test_a_film_does_not_replace_its_sound(tmp_path: Path) -> None:
    song = a_sounding_film(tmp_path)
    before = song.read_bytes()
    link = tmp_path / "link.mp4"
    link.symlink_to(song)
    for sound in (song, link):
        with pytest.raises(OptionError, match="would replace"):
            helios.render(dark, song, width=64, height=64, frame_count=2, audio=str(sound))
    assert song.read_bytes() == before


def test_a_merge_does_not_replace_its_sound_or_parts(tmp_path: Path) -> None:
    song = a_sounding_film(tmp_path)
    parts = [part.path for part in encode_parts(tmp_path, settings(), [2, 2])]
    with pytest.raises(OptionError, match="would replace"):
        merge_files(song, parts, RenderOptions(audio=(AudioTrack(file=str(song)),)))
    with pytest.raises(OptionError, match="would replace"):
        merge_files(parts[1], parts, RenderOptions())


def test_images_do_not_replace_the_images_they_are_made_of(tmp_path: Path) -> None:
    for number in range(2):
        Image.fromarray(dark(number)).save(tmp_path / f"{number:05d}.png")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    composition = Composition(
        kind=CompositionKind.IMAGES, location=str(tmp_path / "%05d.png"), root=tmp_path
    )
    with pytest.raises(OptionError, match="would be replaced"):
        RenderOrchestrator.render(composition, tmp_path, RenderOptions(frames="png"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_job_that_replaces_its_page_is_not_emitted(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    page = tmp_path / "jobs" / "page.html"
    page.write_text("<p>x")
    composition = find_composition(str(page), tmp_path)
    job = tmp_path / "jobs" / "job.json"
    with pytest.raises(OptionError, match="would replace"):
        emit(composition, tmp_path / "jobs" / "film.mp4", RenderOptions(), page)
    assert page.read_text() == "<p>x"
    assert not job.exists()


def test_a_name_of_255_bytes_is_a_films_name(tmp_path: Path) -> None:
    film = tmp_path / ("f" * 251 + ".mp4")
    helios.render(dark, film, width=64, height=64, frame_count=2)
    assert [path.name for path in tmp_path.iterdir()] == [film.name]


def test_a_name_that_is_not_utf_8_is_refused_in_our_words(tmp_path: Path) -> None:
    with pytest.raises(HeliosError, match="not UTF-8"):
        helios.render(dark, tmp_path / "fil\udce9m.mp4", width=64, height=64, frame_count=2)
    assert not list(tmp_path.iterdir())
