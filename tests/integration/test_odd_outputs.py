"""Outputs that are no ordinary names: links stay links, devices and pipes stay what they are."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.films import encode_parts, settings

import helios
from helios.errors import HeliosError, OutputNotWritable
from helios.files.hold import reserved
from helios.files.whole import create_whole, write_whole
from helios.media.probe import probe
from helios.model.options import RenderOptions
from helios.rendering.merge import merge_files
from helios.rendering.stills import write_image

Write = Callable[[Path, Path], None]
DARK = np.zeros((64, 64, 3), np.uint8)


def dark(_frame: int) -> NDArray[np.uint8]:
    return DARK


def make_film(output: Path, _folder: Path) -> None:
    helios.render(dark, output, width=64, height=64, frame_count=2)


def join_films(output: Path, folder: Path) -> None:
    parts = [part.path for part in encode_parts(folder, settings(), [2, 2])]
    merge_files(output, parts, RenderOptions())


def make_still(output: Path, _folder: Path) -> None:
    write_image(output, DARK)


WRITERS: dict[str, tuple[Write, str]] = {
    "render": (make_film, "mp4"),
    "merge": (join_films, "mp4"),
    "still": (make_still, "png"),
}


@pytest.mark.parametrize(("write", "suffix"), WRITERS.values(), ids=WRITERS)
def test_what_a_link_points_to_is_written(tmp_path: Path, write: Write, suffix: str) -> None:
    old = tmp_path / f"old.{suffix}"
    old.write_bytes(b"old")
    for name, target in (("a", old), ("b", tmp_path / "disk" / f"new.{suffix}")):
        link = tmp_path / f"{name}.{suffix}"
        link.symlink_to(target)
        write(link, tmp_path)
        assert link.is_symlink()
        assert target.stat().st_size > 50
        if suffix == "mp4":
            assert probe(target).video is not None
        else:
            with Image.open(target) as image:
                assert image.size == (64, 64)


@pytest.mark.parametrize(("write", "suffix"), WRITERS.values(), ids=WRITERS)
def test_a_pipe_is_refused_and_stays(tmp_path: Path, write: Write, suffix: str) -> None:
    pipe = tmp_path / f"pipe.{suffix}"
    os.mkfifo(pipe)
    link = tmp_path / f"link.{suffix}"
    link.symlink_to(pipe)
    for output in (pipe, link):
        with pytest.raises(OutputNotWritable, match="a device or a pipe"):
            write(output, tmp_path)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert link.is_symlink()


def test_nothing_takes_the_place_of_a_device(tmp_path: Path) -> None:
    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    os.mkfifo(tmp_path / "pipe")
    for target in (link, tmp_path / "pipe"):
        with pytest.raises(OSError, match="a device or a pipe"):
            write_whole(target, b"x")
        with pytest.raises(OSError, match="a device or a pipe"):
            create_whole(target, b"x")
    assert stat.S_ISCHR(link.stat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["null", "pipe"]


def test_a_link_to_itself_is_replaced(tmp_path: Path) -> None:
    loop = tmp_path / "loop.mp4"
    loop.symlink_to(loop)
    make_film(loop, tmp_path)
    assert probe(loop).video is not None


def test_two_names_of_a_film_are_written_by_one_at_a_time(tmp_path: Path) -> None:
    film, link = tmp_path / "film.mp4", tmp_path / "link.mp4"
    link.symlink_to(film)

    with reserved(film), pytest.raises(HeliosError, match="another process is writing"):
        make_film(link, tmp_path)


@pytest.mark.parametrize(
    "words", ["render {page} -o film.mp4", "still {page} -o still.png", "doctor"]
)
def test_a_folder_that_is_gone_is_said(tmp_path: Path, words: str) -> None:
    (tmp_path / "page.html").write_text("<p>x")
    gone = tmp_path / "gone"
    gone.mkdir()
    words = words.format(page=shlex.quote(str(tmp_path / "page.html")))
    command = f"rmdir ../gone; exec {shlex.quote(sys.executable)} -P -m helios {words}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=gone, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 3
    assert "the current folder is gone" in done.stderr
    assert "bug" not in done.stderr
