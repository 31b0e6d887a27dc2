"""Heartbeats: felt by their changes alone, on the clock of who waits."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from helios.commit import heartbeat
from helios.commit.heartbeat import Pulse, beating
from helios.commit.store import FolderStore


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(heartbeat, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_silence_is_counted_from_the_last_change(tmp_path: Path, clock: list[float]) -> None:
    store = FolderStore(tmp_path)
    pulse = Pulse(store, "beat")
    clock[0] += 500
    assert pulse.silent_s() == 0, "it may wait for its turn"
    assert not pulse.has_begun
    store.replace("beat", b"0")
    for number in range(3):
        clock[0] += 10
        store.replace("beat", b"%d" % number)
        assert pulse.silent_s() == 0
    for silent_s in (10, 20, 30):
        clock[0] += 10
        assert pulse.silent_s() == silent_s
    store.remove("beat")
    clock[0] += 10
    assert pulse.silent_s() == 40
    assert pulse.has_begun
    store.replace("beat", b"9")
    clock[0] += 10
    assert pulse.silent_s() == 0


def test_looks_are_few(tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path)
    looks: list[str] = []
    monkeypatch.setattr(store, "read", lambda name: looks.append(name) or b"0")
    pulse = Pulse(store, "beat")
    for _ in range(100):
        clock[0] += 0.1
        pulse.silent_s()
    assert 5 <= len(looks) <= 10


def test_it_beats_while_the_block_lasts_whatever_the_store_does(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "later")
    with beating(store, "beat", "a machine"):
        time.sleep(0.05)  # the folder is not there, and nobody minds
        (tmp_path / "later").mkdir()
        until = time.monotonic() + 60
        while not (tmp_path / "later" / "beat").exists():
            assert time.monotonic() < until
            time.sleep(0.05)
        pulse = Pulse(store, "beat")
        while not pulse.has_begun:
            assert time.monotonic() < until
            time.sleep(0.05)
            pulse.silent_s()
        assert pulse.whose == "a machine"
    assert not (tmp_path / "later" / "beat").exists()
