"""A file that cannot be read is refused with what to do about it."""

from __future__ import annotations

from errno import EACCES
from pathlib import Path

import pytest

from helios.errors import HeliosError, OptionError
from helios.files.documents import read_bytes
from helios.files.unread import unread, what_to_do


def advice_on(path: Path) -> str:
    with pytest.raises(OptionError) as caught:
        read_bytes(path, "it")
    return caught.value.hint


def test_where_a_file_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("song.json").touch()
    Path("b.json").touch()
    assert advice_on(Path("sogn.json")) == "Did you mean song.json?"
    assert advice_on(Path("a.json")) == f"Check the name: it was looked for in {tmp_path}."
    assert advice_on(Path("none/a.json")) == "There is no folder none either: check the path."
    assert advice_on(Path("b.json/a.json")) == "There is no folder b.json either: check the path."


def test_the_command_that_lets_a_file_be_read_can_be_typed() -> None:
    hint = what_to_do(Path("my song.json"), PermissionError(EACCES, "Permission denied"))
    assert hint == "You may not read it: chmod u+r 'my song.json', or ask its owner."


def test_what_the_reader_of_a_kind_of_file_advises_stays(tmp_path: Path) -> None:
    def refused(message: str) -> HeliosError:
        return OptionError(message, hint="Make it again.")

    error = unread("it", tmp_path / "none", FileNotFoundError(2, "No such file"), error=refused)
    assert (error.message, error.hint) == ("cannot read it: No such file", "Make it again.")
