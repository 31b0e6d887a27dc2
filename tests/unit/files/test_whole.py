"""A file appears whole, under its own name, and outlives a power cut that comes right after."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from helios.files import whole
from helios.files.hold import TEMPORARY
from helios.files.whole import (
    create_whole,
    file_sha256,
    input_sha256,
    new_file,
    why_unwritable,
    write_whole,
)


def shown(path: str | os.PathLike[str], folder: Path) -> str:
    name = Path(path).name
    return "new" if name.startswith(TEMPORARY) else "folder" if Path(path) == folder else name


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the disk, in its order."""
    done: list[str] = []
    fsync, replace, link = os.fsync, os.replace, os.link

    def synced(descriptor: int) -> None:
        done.append(f"sync {shown(Path(f'/proc/self/fd/{descriptor}').readlink(), tmp_path)}")
        fsync(descriptor)

    def replaced(source: Path, target: Path, **more: int) -> None:
        done.append(f"{shown(source, tmp_path)} becomes {shown(target, tmp_path)}")
        replace(source, target, **more)

    def linked(source: Path, target: Path) -> None:
        done.append(f"{shown(source, tmp_path)} becomes {shown(target, tmp_path)}")
        link(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    monkeypatch.setattr(os, "link", linked)
    return done


def test_content_is_on_the_disk_before_its_name(tmp_path: Path, steps: list[str]) -> None:
    write_whole(tmp_path / "film", "content")
    assert steps == ["sync new", "new becomes film", "sync folder"]
    steps.clear()
    assert create_whole(tmp_path / "record", b"content")
    assert steps == ["sync new", "new becomes record", "sync folder"]
    steps.clear()
    write_whole(tmp_path / "picture", b"content", durable=False)
    assert steps == ["new becomes picture"]


def test_without_hard_links_a_record_is_made_once_and_is_on_the_disk(
    tmp_path: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refused)
    assert create_whole(tmp_path / "record", b"first")
    assert steps == ["sync new", "sync record", "sync folder"]
    assert not create_whole(tmp_path / "record", b"second")
    assert (tmp_path / "record").read_bytes() == b"first"


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "film").write_text("old")

    def fail() -> None:
        with new_file(tmp_path / "film") as unfinished:
            unfinished.write_text("new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"film": "old"}


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "film", "content")
        create_whole(tmp_path / "record", b"content")
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o640}


@pytest.mark.parametrize(
    ("flag", "reason"), [(os.ST_RDONLY, "read-only file system"), (0, "permission denied")]
)
def test_a_disk_that_is_read_only_is_called_that(
    flag: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "film.mp4"
    file.touch()
    assert why_unwritable(tmp_path) is why_unwritable(file) is None
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_flag=flag))
    assert why_unwritable(tmp_path) == why_unwritable(file) == reason


def test_an_input_that_rests_is_read_once_and_one_that_is_written_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path) -> str:
        read.append(path)
        return file_sha256(path)

    monkeypatch.setattr(whole, "file_sha256", counted)
    song = tmp_path / "song.wav"

    def digest_of(content: bytes, changed_s: int) -> str:
        song.write_bytes(content)
        when_ns = song.stat().st_mtime_ns + changed_s * 10**9
        os.utime(song, ns=(when_ns, when_ns))
        return input_sha256(song)

    quiet, loud = (digest_of(content, -60) for content in (b"quiet", b"louder"))
    assert quiet != loud
    assert loud == input_sha256(song) == file_sha256(song)
    assert len(read) == 2
    # Written twice within one tick of the clock: the same size, the same time.
    first = digest_of(b"later1", 0)
    times = song.stat().st_mtime_ns
    song.write_bytes(b"later2")
    os.utime(song, ns=(times, times))
    assert input_sha256(song) == file_sha256(song) != first
    with pytest.raises(OSError, match="none"):
        input_sha256(tmp_path / "none")
