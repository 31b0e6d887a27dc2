"""Pictures and loops of the templates that ship, so that a first visit sees them move at once.

``python -m helios.server.gallery [NAME ...]`` draws them anew, or only those that are named. What
was drawn of a template that has changed since is not shown; the server then draws it itself.
"""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from helios.files.documents import read_json
from helios.files.whole import write_whole
from helios.model.options import RenderOptions
from helios.server.demo import DROP_S, write_demo_song
from helios.shader.gallery import shipped_shaders

MAX_LOOP_BYTES = 60_000
_FOLDER = Path(str(files("helios.server"))) / "ui" / "gallery"
_INDEX = "drawn.json"
_PICTURE = {"width": 480, "height": 270}
_LOOP = {"width": 416, "height": 234, "preset": "slow", "concurrency": 1}
_QUALITIES = (30, 33, 36, 39, 42, 46, 51)
"""The first whose film is small enough is kept: a sky full of stars needs five times the bytes of
a calm one."""


def template_sources() -> dict[str, str]:
    """The files of templates and of shaders that come along, by name."""
    shaders = {each.name: each.file.read_text(encoding="utf-8") for each in shipped_shaders()}
    return _scene_sources() | shaders


def _scene_sources() -> dict[str, str]:
    folder = files("helios.scene") / "templates"
    if not folder.is_dir():
        return {}
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".json"): entry.read_text(encoding="utf-8")
        for entry in entries
        if entry.name.endswith(".json")
    }


@cache
def gallery() -> dict[str, tuple[str, str]]:
    """Addresses of the picture and of the loop of each template whose pictures ship."""
    index = _FOLDER / _INDEX
    drawn = read_json(index, "the gallery") if index.is_file() else {}
    sources = template_sources()
    return {
        name: (f"gallery/{name}.jpg", f"gallery/{name}.mp4")
        for name, digest in drawn.items()
        if digest == _digest(sources.get(name, ""))
    }


def _digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def main(names: list[str]) -> None:
    """Draw the pictures and loops of templates into the package."""
    index = _FOLDER / _INDEX
    drawn: dict[str, Any] = read_json(index, "the gallery") if index.is_file() else {}
    sources = template_sources()
    drawn = {name: digest for name, digest in drawn.items() if name in sources}
    _FOLDER.mkdir(exist_ok=True)
    for name in names or sorted(sources):
        size = _draw(name)
        drawn[name] = _digest(sources[name])
        write_whole(index, json.dumps(drawn, indent=2, sort_keys=True) + "\n")
        sys.stderr.write(f"{name}: {size / 1000:.0f} kB\n")
    for path in _FOLDER.iterdir():
        if path.name != _INDEX and path.stem not in drawn:
            path.unlink()


def _draw(name: str) -> int:
    """Draw one template; returns the bytes of its loop."""
    from PIL import Image

    from helios.rendering.api import render, still

    with TemporaryDirectory() as folder:
        song, film = Path(folder) / "song.wav", Path(folder) / "loop.mp4"
        write_demo_song(song)
        moving = {
            "react_to": f"{song},seek={DROP_S:g}",
            "duration": 3,
            "fps": 24,
            "loop_seamless": "0.5",
        }
        picture = still(name, None, RenderOptions(**moving, **_PICTURE), frame=0)
        Image.fromarray(picture).save(_FOLDER / f"{name}.jpg", quality=70, optimize=True)
        for quality in _QUALITIES:
            film.unlink(missing_ok=True)
            render(name, film, RenderOptions(**moving, **_LOOP, quality=quality))
            if film.stat().st_size <= MAX_LOOP_BYTES:
                break
        loop = film.read_bytes()
    (_FOLDER / f"{name}.mp4").write_bytes(loop)
    return len(loop)


if __name__ == "__main__":
    main(sys.argv[1:])
