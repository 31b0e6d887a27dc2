"""An image of ``still``, ``sheet`` and ``preview`` never replaces what it is made of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.films import HEIGHT, WIDTH, numbered
from tests.ready import helios as run
from tests.sounds import clicks, wav

import helios
from helios.errors import OptionError

SIZE: dict[str, Any] = {"width": WIDTH, "height": HEIGHT, "duration": 1, "fps": 10}
PLAIN = "import numpy as np\n\ndef draw(frame):\n    return np.zeros((96, 160, 3), np.uint8)\n"
TEMPLATE = """{"name": "own", "layers": [{"id": "one"}],
"sky": {"kind": "image", "file": "sky.png"}}"""
CUE = "1\n00:00:00,000 --> 00:00:01,000\nHello\n"


def same(there: Path, _: Path) -> str:
    return there.name


def around(there: Path, folder: Path) -> str:
    (folder / "below").mkdir()
    return f"below/../{there.name}"


def absolute(there: Path, _: Path) -> str:
    return str(there)


def symlink(there: Path, folder: Path) -> str:
    (folder / "symlink.png").symlink_to(there)
    return "symlink.png"


def hard_link(there: Path, folder: Path) -> str:
    os.link(there, folder / "hard.png")
    return "hard.png"


LINKS = (symlink, hard_link)
SPELLINGS = (same, around, absolute, *LINKS)


def a_folder(folder: Path) -> None:
    """Something of each kind that is drawn, and everything that it reads."""
    (folder / "mine.py").write_text(PLAIN)
    (folder / "props.json").write_text('{"title": "x"}')
    (folder / "own.json").write_text(TEMPLATE)
    (folder / "text.srt").write_text(CUE)
    (folder / "song.wav").write_bytes(wav(clicks(1.0, 48_000, [0.5])))
    for name in ("sky.png", "logo.png", "late.png"):
        Image.new("RGB", (64, 32), "navy").save(folder / name)
    (folder / "page.html").write_text(
        "<html data-helios-duration=1><body><img src=logo.png><script>setTimeout(() => {"
        "document.body.append(Object.assign(new Image(), { src: 'late.png' })) }, 500)</script>"
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    a_folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def refuses(folder: Path, spelled: str, call: Callable[[], object]) -> None:
    before = contents(folder)
    with pytest.raises(OptionError, match=f"{spelled} is read to make what would replace it"):
        call()
    assert contents(folder) == before


READ: dict[str, tuple[str, str, dict[str, Any]]] = {
    "code": ("mine.py", "mine.py:draw", {}),
    "props": ("props.json", "mine.py:draw", {"props": "@props.json"}),
    "sound": ("song.wav", "mine.py:draw", {"audio": "song.wav"}),
    "sound of a scene": ("song.wav", "own.json", {"react_to": "song.wav"}),
    "subtitles": ("text.srt", "mine.py:draw", {"subtitles": "text.srt"}),
    "template": ("own.json", "own.json", {}),
    "sky": ("sky.png", "own.json", {}),
}
"""By what is read: its file, what is drawn, and the options that name it."""


@pytest.mark.parametrize("draw", [helios.still, helios.sheet])
@pytest.mark.parametrize("spelling", LINKS)
@pytest.mark.parametrize("kind", READ)
def test_what_is_read_stays(
    folder: Path, kind: str, spelling: Callable[..., str], draw: Callable[..., Any]
) -> None:
    read, drawn, options = READ[kind]
    spelled = spelling(folder / read, folder)
    refuses(folder, spelled, lambda: draw(drawn, spelled, **options, **SIZE))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_sky_of_a_template_stays(folder: Path, spelling: Callable[..., str]) -> None:
    spelled = spelling(folder / "sky.png", folder)
    refuses(folder, spelled, lambda: helios.still("own.json", spelled, **SIZE))


@pytest.mark.browser
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_picture_of_a_page_stays(folder: Path, spelling: Callable[..., str]) -> None:
    spelled = spelling(folder / "logo.png", folder)
    refuses(folder, spelled, lambda: helios.still("page.html", spelled, **SIZE))


@pytest.mark.browser
@pytest.mark.parametrize("draw", [helios.still, helios.sheet])
def test_what_a_page_loads_late_and_the_page_itself_stay(
    folder: Path, draw: Callable[..., Any]
) -> None:
    options = {"at": "0.9", **SIZE} if draw is helios.still else SIZE
    refuses(folder, "late.png", lambda: draw("page.html", "late.png", **options))
    link = hard_link(folder / "page.html", folder)
    refuses(folder, link, lambda: draw("page.html", link, **options))


@pytest.mark.parametrize("draw", [helios.still, helios.sheet])
def test_films_that_are_looked_at_stay(folder: Path, draw: Callable[..., Any]) -> None:
    helios.render(numbered, "film.mp4", **SIZE)
    link = symlink(folder / "film.mp4", folder)
    refuses(folder, link, lambda: draw("film.mp4", link))


def test_a_film_does_not_replace_its_props(folder: Path) -> None:
    os.link("props.json", "props.mp4")
    options = {**SIZE, "props": "@props.json"}
    refuses(folder, "props.mp4", lambda: helios.render(numbered, "props.mp4", **options))
    refuses(folder, "props.mp4", lambda: helios.render(numbered, "props.mp4", options))


def test_another_file_of_the_same_content_is_written(folder: Path) -> None:
    shutil.copy("sky.png", "copy.png")
    helios.still("own.json", "copy.png", **SIZE)
    with Image.open("copy.png") as image:
        assert image.size == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (("still", "mine.py:draw", "--props", "@props.json", "-o"), "props.png"),
        (("sheet", "mine.py:draw", "--props", "@props.json", "-o"), "props.png"),
        (("preview", "own.json", "--scale", "1/8", "-o"), "sky.png"),
        (("render", "mine.py:draw", "--props", "@props.json", "--emit-job"), "props.json"),
        (("analyze", "song.wav", "--plot"), "song.png"),
    ],
)
def test_the_commands_refuse(folder: Path, words: tuple[str, ...], written: str) -> None:
    os.link("props.json", "props.png")
    os.link("song.wav", "song.png")
    before = contents(folder)
    told = run(*words, written, cwd=folder, code=2)
    assert f"{written} is read to make what would replace it" in told.err
    assert contents(folder) == before
