"""Files are held by locks; what a killed owner left goes, what a living one has stays."""

import errno
import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from helios.errors import EnvironmentProblem
from helios.files.hold import LOCK_NAME, hold, new_temporary, remove_folder, reserved, sweep
from helios.files.names import is_file_name, is_inside


def test_a_sweep_takes_only_what_nobody_holds(tmp_path: Path) -> None:
    living, dead = new_temporary(tmp_path), new_temporary(tmp_path)
    dead.close()
    (tmp_path / "song.wav").write_bytes(b"x")
    (tmp_path / ".helios-tmp-folder").mkdir()
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {living.path.name, "song.wav"}
    living.close()


def test_a_held_folder_is_not_removed(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    with hold(folder / LOCK_NAME) as held:  # type: ignore[union-attr]
        assert held.is_proven
        remove_folder(folder)
        assert folder.is_dir()
    remove_folder(folder)
    assert not folder.exists()


def test_files_of_a_folder_are_removed_several_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "work"
    (folder / "inner").mkdir(parents=True)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "film.mov").touch()
    (folder / "link").symlink_to(tmp_path / "kept")
    for number in range(8):
        (folder / f"{number}.mov").touch()
    at_once, unlink = threading.Barrier(4), Path.unlink

    def slow(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".mov":
            at_once.wait(5)
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", slow)
    remove_folder(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept" / "film.mov").exists()
    assert not at_once.broken


def test_a_name_is_reserved_for_one(tmp_path: Path) -> None:
    with reserved(tmp_path / "a.mp4"):
        with reserved(tmp_path / "b.mp4"):
            pass
        with (
            pytest.raises(EnvironmentProblem, match="another process"),
            reserved(tmp_path / "a.mp4"),
        ):
            pass
    with reserved(tmp_path / "a.mp4"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_name_is_the_same_in_any_case(tmp_path: Path) -> None:
    """Some disks keep Film.mp4 and film.mp4 in one file."""
    with (
        reserved(tmp_path / "Film.mp4"),
        pytest.raises(EnvironmentProblem, match="another process"),
        reserved(tmp_path / "film.MP4"),
    ):
        pass


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk as some network shares are."""

    def refused(descriptor: int, flags: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refused)


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("no_locks")
def test_without_locks_work_goes_on_and_nothing_is_swept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    anothers = new_temporary(tmp_path)
    with reserved(tmp_path / "film.mp4"):
        pass
    assert "cannot be locked (no locks available)" in caplog.text
    assert not anothers.is_proven
    anothers.close()
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [anothers.path]


@pytest.mark.timeout(120)
def test_a_lock_file_that_is_removed_meanwhile_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, locked = tmp_path / "lock", fcntl.flock

    def late(descriptor: int, flags: int) -> None:
        monkeypatch.setattr(fcntl, "flock", locked)
        path.unlink()
        locked(descriptor, flags)

    monkeypatch.setattr(fcntl, "flock", late)
    with hold(path) as held:  # type: ignore[union-attr]
        assert os.path.samestat(os.fstat(held.descriptor), path.stat())
        assert hold(path, patience_s=0) is None


@pytest.mark.timeout(120)
def test_a_temporary_file_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helios.files.hold.token_hex", lambda _: "00")
    with new_temporary(tmp_path), pytest.raises(FileExistsError):
        new_temporary(tmp_path)


@pytest.mark.timeout(120)
def test_links_are_not_followed(tmp_path: Path) -> None:
    folder, users = tmp_path / "films", tmp_path / "users"
    folder.mkdir()
    users.mkdir()
    (users / "song.wav").write_bytes(b"x")
    links = {
        ".helios-tmp-a": users,
        ".helios-tmp-b": users / "song.wav",
        ".helios-tmp-c": users / "c",
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
    sweep(folder)
    assert [path.name for path in users.iterdir()] == ["song.wav"]
    assert {path.name for path in folder.iterdir()} == set(links)


def test_of_older_versions_only_old_files_of_exactly_their_names_go(tmp_path: Path) -> None:
    gone = [".helios-12-34.tmp", ".helios-0123456789abcdef.tmp", ".helios-abcd_123.mp4"]
    stays = [".helios-12-34.tmp.notes", ".helios-abcd_123.my.mp4", "helios-abcd_123.mp4"]
    an_hour_old = ".helios-56-78.tmp"
    for name in (*gone, *stays, an_hour_old):
        (tmp_path / name).touch()
        age_s = 3600 if name == an_hour_old else 2 * 24 * 3600
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*stays, an_hour_old}


def test_what_is_a_file_name() -> None:
    for name in ("film.mp4", "x" * 255, "..."):
        assert is_file_name(name), name
    for name in ("", ".", "..", "x" * 256, "a/b", "a\\b", "a\0b"):
        assert not is_file_name(name), name


def test_names_in_data_lead_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("/tmp")
    for name in ("../x", "/etc/passwd", "a/../../x", "a/../x", "", ".", "out", "out/x", "a\0b"):
        assert not is_inside(tmp_path, name), name
    assert is_inside(tmp_path, "a/b.mp4")
