"""Make the loops of docs/gallery.md: python docs/make_gallery.py [NAME ...]

By the commands that stand there; each loop is the first seconds of its film. Libraries of npm are
those of tests/compositions/node_modules (``npm ci`` there).
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageOps

ROOT = Path(__file__).parents[1]
GALLERY = ROOT / "docs" / "gallery.md"
LOOPS = ROOT / "docs" / "images" / "gallery"
LIBRARIES = ROOT / "tests" / "compositions" / "node_modules"
SECTION = re.compile(r"images/gallery/(\S+)\.webp\).*?```sh\n(.*?)```", re.DOTALL)
WIDTH, HEIGHT, FPS, SECONDS = 320, 180, 10, 3
WORDS = "[00:00.20]Seven stations\n[00:01.20]left to sea\n[00:02.20]one is mine\n"
LARGE = re.compile(r" --audio | --album | --panorama ")
"""Templates and films all around would take minutes at their full size."""


def main(names: list[str]) -> int:
    """Make the loops of these names, or all."""
    LOOPS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(ROOT / "examples", folder / "examples")
        shutil.copy(ROOT / "src/helios/starters/sounds/pulse.ogg", folder / "song.mp3")
        (folder / "song.lrc").write_text(WORDS)
        (folder / "songs").mkdir()
        for number, title in enumerate(("Seven stations", "Left to sea"), 1):
            shutil.copy(folder / "song.mp3", folder / "songs" / f"{number} {title}.ogg")
        for name, commands in sections():
            if names and name not in names:
                continue
            for line in commands:
                run(line, folder)
            film = next(path for path in sorted(folder.glob(f"*{name}*.m*")))
            write_loop(film, LOOPS / f"{name}.webp")
            print(f"{name}: {(LOOPS / f'{name}.webp').stat().st_size // 1024} KB", flush=True)
    return 0


def sections() -> list[tuple[str, list[str]]]:
    """The name of each loop, and the commands beside it."""
    return [(name, text.splitlines()) for name, text in SECTION.findall(GALLERY.read_text())]


def run(line: str, folder: Path) -> None:
    """Type a command of the page."""
    words = shlex.split(line)
    if words[0] == "npm":
        place = folder / words[3] / "node_modules" / words[4]
        shutil.copytree(LIBRARIES / words[4], place)
        return
    command = [sys.executable, "-m", *words]
    if LARGE.search(line):
        command += ["--scale", "1/4"]
    if "--audio" in words:
        command += ["--duration", str(SECONDS)]
    subprocess.run(command, cwd=folder, check=True)


def write_loop(film: Path, target: Path) -> None:
    """The first seconds of a film as a small picture that moves, on black."""
    pictures: list[Image.Image] = []
    with av.open(film) as container:
        for frame in container.decode(video=0):
            if frame.time is None or frame.time >= SECONDS:
                break
            if frame.time * FPS >= len(pictures) - 1e-6:
                pictures.append(_fitted(Image.fromarray(frame.to_ndarray(format="rgb24"))))
    how: dict[str, Any] = {"duration": 1000 // FPS, "loop": 0, "quality": 55, "method": 4}
    pictures[0].save(target, save_all=True, append_images=pictures[1:], **how)


def _fitted(picture: Image.Image) -> Image.Image:
    return ImageOps.pad(picture, (WIDTH, HEIGHT))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
