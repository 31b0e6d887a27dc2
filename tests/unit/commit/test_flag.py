"""Flags are seen in the end, whatever the store does meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from helios.commit import flag
from helios.commit.store import FolderStore
from helios.errors import OptionError, StoreRefused, StoreUnavailable


def test_a_store_that_fails_or_refuses_for_a_while_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flag, "_LOOKS_BETWEEN", 0.01)
    bad_days = [StoreUnavailable("no answer"), StoreRefused("a key that is not valid yet")]
    answers = iter([*bad_days, OptionError("it is not there")])
    store, seen = FolderStore(tmp_path), threading.Event()

    def read(_name: str) -> bytes:
        for error in answers:
            raise error
        return b""

    monkeypatch.setattr(store, "read", read)
    with flag.watched(store, "cancelled", seen.set):
        assert seen.wait(20)
