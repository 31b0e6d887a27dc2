"""Cover art in songs, and images that are shown as they are."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.sounds import encoded, tagged_mp3, wav

from helios.errors import OptionError
from helios.media.cover import MOST_BYTES, has_cover, read_cover
from helios.media.sound import read_tags

SILENCE = np.zeros((4_800, 2), np.float32)


def image(kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    store = BytesIO()
    Image.new("RGB", size, (200, 40, 10)).save(store, kind)
    return store.getvalue()


def test_the_cover_of_a_song_is_the_picture_in_its_tags(tmp_path: Path) -> None:
    song = tmp_path / "song.mp3"
    song.write_bytes(tagged_mp3(SILENCE, 48_000, image(), TIT2="Night Drive", TPE1="ليلى"))
    assert has_cover(str(song))
    assert read_cover(str(song)).content == image()
    assert read_cover(song.read_bytes()).media_type == "image/png"
    assert read_tags(song) == {"title": "Night Drive", "artist": "ليلى"}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_an_image_is_its_own_cover(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "art"
    file.write_bytes(image(kind))
    cover = read_cover(file)
    assert cover.content == image(kind)
    assert cover.media_type == f"image/{kind.lower()}"


def test_an_svg_is_one_too(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text("<?xml version='1.0'?><!-- made --><svg viewBox='0 0 1 1'/>")
    assert read_cover(tmp_path / "a.svg").media_type == "image/svg+xml"


@pytest.mark.parametrize("content", [wav(SILENCE), encoded(SILENCE, 48_000, "flac", "flac")])
def test_most_sounds_have_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "song").write_bytes(content)
    assert not has_cover(tmp_path / "song")
    with pytest.raises(OptionError, match="no cover art"):
        read_cover(tmp_path / "song")


def huge() -> bytes:
    return image("BMP", (64, 48)) + bytes(MOST_BYTES)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (image(size=(1, 1)), "1x1 pixels"),
        (image(size=(4000, 15)), "4000x15 pixels"),
        (huge(), "34 MB"),
        (image("TIFF"), "TIFF"),
        (image()[:60], "damaged"),
        (image("JPEG")[:300], "damaged"),
        (b"", "no image"),
        (b"not a picture", "no image"),
    ],
)
def test_what_cannot_be_shown_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    for name, written in {
        "a.png": content,
        "song.mp3": tagged_mp3(SILENCE, 48_000, content),
    }.items():
        if name == "song.mp3" and says == "no image":
            continue
        (tmp_path / name).write_bytes(written)
        with pytest.raises(OptionError, match=says):
            read_cover(tmp_path / name)
    with pytest.raises(OptionError, match="cannot read"):
        read_cover(tmp_path / "gone.png")
    with pytest.raises(OptionError, match="cannot read"):
        read_cover(tmp_path)


def test_pictures_of_too_many_pixels_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helios.media.cover.MOST_PIXELS", 3000)
    (tmp_path / "a.png").write_bytes(image())
    with pytest.raises(OptionError, match="64x48 pixels"):
        read_cover(tmp_path / "a.png")
