"""What is no file (a pipe, a device, a socket) is refused by every reader; nobody waits for it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios.audio.analyzer import PreAnalyzer
from helios.errors import HeliosError
from helios.files.regular import open_regular
from helios.files.whole import file_sha256
from helios.media.cover import has_cover
from helios.media.pictures import (
    count_pictures,
    decode_pictures,
    film_length,
    pictures_at,
    read_image,
)
from helios.media.probe import is_faststart, probe
from helios.media.shown import shown_frames
from helios.media.sound import probe_sound
from helios.media.truncation import lacks_index
from helios.model.composition import parse_composition
from helios.model.options import RenderOptions
from helios.rendering.merge import merge_files
from helios.server.client import HeliosClient
from helios.spatial.inspect import inspect_film
from helios.verifying.film import verify_film

READERS: dict[str, Callable[[Path], object]] = {
    "open": open_regular,
    "digest": file_sha256,
    "analyze": lambda path: PreAnalyzer().analyze(str(path)),
    "cover": has_cover,
    "count": count_pictures,
    "decode": lambda path: list(decode_pictures(path)),
    "length": film_length,
    "pictures": lambda path: list(pictures_at(path, [Fraction(0)])),
    "image": read_image,
    "probe": probe,
    "faststart": is_faststart,
    "shown": lambda path: list(shown_frames(path)),
    "sound": probe_sound,
    "index": lacks_index,
    "composition": lambda path: parse_composition(path.name, path.parent),
    "merge": lambda path: merge_files(path.with_name("film.mp4"), [path], RenderOptions()),
    "encode": lambda path: merge_files(
        path.with_name("film.mp4"), [path], RenderOptions.read({"quality": 20})
    ),
    "upload": lambda path: HeliosClient("http://127.0.0.1:9").upload(path),
    "inspect": inspect_film,
    "verify": verify_film,
}


@pytest.fixture(params=["pipe", "device", "socket"])
def no_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "film.mov"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "device":
        path.symlink_to("/dev/zero")
    else:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(path))
    return path


@pytest.mark.timeout(120)
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_what_is_no_file_is_refused(no_file: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises((HeliosError, PermissionError), match="not a file"):
        read(no_file)
