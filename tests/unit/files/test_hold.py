"""Files are held by locks; what a killed owner left goes, what a living one has stays."""

from pathlib import Path

import pytest

from helios.errors import EnvironmentProblem
from helios.files.hold import LOCK_NAME, hold, new_temporary, remove_folder, reserved, sweep
from helios.files.names import is_inside


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


def test_names_in_data_lead_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("/tmp")
    for name in ("../x", "/etc/passwd", "a/../../x", "", ".", "out/x", "a\0b"):
        assert not is_inside(tmp_path, name), name
    assert is_inside(tmp_path, "a/b.mp4")
