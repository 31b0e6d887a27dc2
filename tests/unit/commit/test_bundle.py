"""Bundles: the same bytes for the same files, and nothing in them that leads elsewhere."""

from __future__ import annotations

import json
import os
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from helios.commit.bundle import (
    KEPT_S,
    clear_unpacked,
    read_note,
    unpacked,
    unpacked_file,
    write_bundle,
)
from helios.errors import OptionError
from helios.files.hold import RESERVED, hold
from helios.files.whole import file_sha256


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    names = ("page/index.html", "page/assets/ü b.png", "song.wav")
    made = {}
    for number, name in enumerate(names):
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number]) * 3_000_000)
        made[name] = path
    return made


@pytest.fixture
def bundle(tmp_path: Path, files: dict[str, Path]) -> Path:
    write_bundle(tmp_path / "x.helios", files, folder="page", argv=("index.html", "--fps", "24"))
    return tmp_path / "x.helios"


def test_equal_files_give_equal_bytes(tmp_path: Path, bundle: Path, files: dict[str, Path]) -> None:
    for path in files.values():
        os.utime(path, (1, 1))
        path.chmod(0o600)
    backwards = dict(reversed(files.items()))
    argv = ("index.html", "--fps", "24")
    write_bundle(tmp_path / "again.helios", backwards, folder="page", argv=argv)
    assert (tmp_path / "again.helios").read_bytes() == bundle.read_bytes()
    files["song.wav"].write_bytes(b"other")
    write_bundle(tmp_path / "other.helios", files, folder="page", argv=argv)
    assert (tmp_path / "other.helios").read_bytes() != bundle.read_bytes()


def test_what_nobody_uses_any_more_goes(tmp_path: Path, bundle: Path, cache: Path) -> None:
    first = unpacked_file(bundle)[0].parent
    second = tmp_path / "second.helios"
    write_bundle(second, {"a": bundle})
    long_ago = time.time() - KEPT_S - 60
    os.utime(first, (long_ago, long_ago))
    assert unpacked_file(bundle)[0].parent == first, "it is used again"
    assert unpacked_file(second)[0].exists()
    assert first.exists()
    os.utime(first, (long_ago, long_ago))
    third = tmp_path / "third.helios"
    write_bundle(third, {"b": bundle})
    with hold(cache / "bundles" / f"{RESERVED}{first.name[:24]}") or pytest.fail("it is free"):
        unpacked_file(third)
        assert first.exists(), "another process has it"
    third.unlink()
    write_bundle(third, {"c": bundle})
    unpacked_file(third)
    assert not first.exists()
    (cache / "bundles" / "notes").mkdir()
    assert clear_unpacked() == 3
    assert [path.name for path in (cache / "bundles").iterdir()] == ["notes"]


def test_what_was_bundled_is_unpacked_once(bundle: Path, files: dict[str, Path]) -> None:
    folder, note = unpacked_file(bundle)
    assert (note.folder, note.argv) == ("page", ("index.html", "--fps", "24"))
    assert {n: (folder / n).read_bytes() for n in files} == {
        n: p.read_bytes() for n, p in files.items()
    }
    digest = file_sha256(bundle)
    bundle.unlink()

    def not_again(_: Path) -> Path:
        raise AssertionError

    assert unpacked(digest, not_again) == (folder, note)


def test_a_cache_that_was_changed_is_not_believed(bundle: Path) -> None:
    folder, _ = unpacked_file(bundle)
    (folder / "song.wav").write_bytes(b"other")
    again, _ = unpacked_file(bundle)
    assert (again / "song.wav").read_bytes() == bytes([2]) * 3_000_000


def test_processes_that_unpack_at_once_wait_for_each_other(bundle: Path) -> None:
    fetched, results = [], []

    def fetch(_: Path) -> Path:
        fetched.append(1)
        return bundle

    digest = file_sha256(bundle)
    threads = [
        threading.Thread(target=lambda: results.append(unpacked(digest, fetch))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1
    assert len(results) == 4


def changed(bundle: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(bundle) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    odd = bundle.with_name("odd.helios")
    with zipfile.ZipFile(odd, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return odd


def renamed(entries: dict[str, bytes], name: str) -> None:
    note = json.loads(entries["bundle.json"])
    note["files"][name] = note["files"].pop("song.wav")
    entries["bundle.json"] = json.dumps(note).encode()
    entries[f"files/{name}"] = entries.pop("files/song.wav")


@pytest.mark.parametrize("name", ["../song.wav", "/tmp/song.wav", "page/../../song.wav"])
def test_names_that_lead_out_of_it_are_refused(bundle: Path, tmp_path: Path, name: str) -> None:
    odd = changed(bundle, lambda entries: renamed(entries, name))
    before = sorted(tmp_path.rglob("*.wav"))
    with pytest.raises(OptionError, match="leads out of it"):
        unpacked_file(odd)
    assert sorted(tmp_path.rglob("*.wav")) == before


def test_what_differs_from_its_list_is_refused(bundle: Path) -> None:
    odd = changed(bundle, lambda entries: entries.update({"files/song.wav": b"other"}))
    with pytest.raises(OptionError, match=r"song\.wav is not what was bundled"):
        unpacked_file(odd)
    odd = changed(bundle, lambda entries: entries.update({"files/more": b"other"}))
    with pytest.raises(OptionError, match="other files than it says"):
        unpacked_file(odd)
    whole = bundle.read_bytes()
    with pytest.raises(OptionError, match="changed on its way"):
        unpacked("0" * 64, lambda _: bundle)
    for odd_bytes in (b"", b"PK", whole[: len(whole) // 2]):
        odd.write_bytes(odd_bytes)
        with pytest.raises(OptionError, match="not a bundle"):
            read_note(odd)


def test_compressed_entries_are_refused_before_they_grow(bundle: Path) -> None:
    odd = bundle.with_name("bomb.helios")
    with zipfile.ZipFile(bundle) as whole, zipfile.ZipFile(odd, "w") as archive:
        for name in whole.namelist():
            kind = zipfile.ZIP_STORED if name == "bundle.json" else zipfile.ZIP_DEFLATED
            archive.writestr(name, whole.read(name), kind)
    with pytest.raises(OptionError, match="is compressed"):
        unpacked_file(odd)


def test_a_bundle_of_another_version_says_so(bundle: Path) -> None:
    def later(entries: dict[str, bytes]) -> None:
        entries["bundle.json"] = json.dumps(
            {**json.loads(entries["bundle.json"]), "bundle": 2}
        ).encode()

    with pytest.raises(OptionError, match="version 2"):
        read_note(changed(bundle, later))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"cannot bundle .*nowhere\.wav"):
        write_bundle(tmp_path / "x.helios", {"a.wav": tmp_path / "nowhere.wav"})
    assert not (tmp_path / "x.helios").exists()
