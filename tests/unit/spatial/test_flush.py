from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from helios.spatial.flush import flushed


def test_what_is_written_is_synced_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda d: synced.append(os.fstat(d).st_size))
    with (tmp_path / "film").open("wb", buffering=0) as stream, flushed(stream.fileno()):
        stream.write(bytes(1000))
    assert synced == [1000]


def test_a_disk_that_fails_meanwhile_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        failed.append(True)
        raise OSError(errno.EIO, "broken")

    failed: list[bool] = []
    monkeypatch.setattr(os, "fdatasync", broken)

    def write_until_it_fails(descriptor: int) -> None:
        with flushed(descriptor):
            end = time.monotonic() + 60
            while not failed and time.monotonic() < end:
                time.sleep(0.01)

    with (tmp_path / "film").open("wb") as stream:
        with pytest.raises(OSError, match="broken"):
            write_until_it_fails(stream.fileno())
        assert failed


def test_an_error_of_the_writer_comes_first(tmp_path: Path) -> None:
    def write(descriptor: int) -> None:
        with flushed(descriptor):
            raise ZeroDivisionError

    with (tmp_path / "film").open("wb") as stream, pytest.raises(ZeroDivisionError):
        write(stream.fileno())
