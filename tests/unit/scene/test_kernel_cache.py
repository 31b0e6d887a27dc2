"""A kernel gives one result: compiled or loaded, in any order, whether it can be kept or not."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from helios.scene.kernels.cpu import jit
from helios.scene.kernels.cpu.jit import inline, kernel

SWEEP = """
import hashlib, json, sys
from fractions import Fraction
import numpy as np
from helios.model.formats import Projection
from helios.scene.audio_input import silent_table
from helios.sources.scene import SceneSource, SceneSourceSettings

fps = Fraction(30)
found = {}
for name, projection, size in json.loads(sys.argv[1]):
    table = silent_table(60, fps)
    noise = np.random.default_rng(4).random((60, 8)).astype(np.float32)
    for column in ("amplitude", "bass", "mid", "high", "onset", "energy"):
        getattr(table, column)[:] = noise[:, 3]
    table.bands[:], table.envelopes[:] = noise, noise[:, ::-1]
    source = SceneSource(SceneSourceSettings(
        template=name, width=size[0], height=size[1], fps=fps, total_frames=60, table=table,
        projection=Projection(projection)))
    for frame in (42, 20, 46):
        planes = source.picture(frame).planes
        data = b"".join(np.ascontiguousarray(plane).tobytes() for plane in planes)
        found[f"{name} {projection} {frame}"] = hashlib.sha256(data).hexdigest()
    source.close()
print(json.dumps(found))
"""
SCENES = (
    ("etherealFlame", "perspective", (160, 90)),
    ("aurora", "equirect", (256, 128)),
    ("neonPulse", "fulldome", (64, 64)),
    ("solarFlare", "equirect", (64, 32)),
)
COMPILED = SCENES[:1:-1]
"""In another order; of two scenes, for to compile all takes half a minute."""


def swept(scenes: object, **environment: str) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", SWEEP, json.dumps(scenes)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_compiled_here_or_there_now_or_before_frames_are_equal(tmp_path: Path) -> None:
    # Other tests need these kernels too: they are kept where all find them, unless they are there.
    before = swept(SCENES)
    assert len(before) == 3 * len(SCENES)
    assert swept(SCENES) == before
    (tmp_path / "file").touch()
    nowhere = str(tmp_path / "file" / "b")
    now = swept(COMPILED, HELIOS_CACHE_DIR=nowhere, TZ="Asia/Kathmandu", LC_ALL="tr_TR")
    assert len(now) == 3 * len(COMPILED)
    assert now.items() <= before.items()


@inline
def _part(values, factor):
    total = np.float32(0.0)
    for i in range(values.shape[0]):
        total += values[i] * factor
    return total


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path))
    jit._warn_unkept.cache_clear()
    return tmp_path


def a_kernel() -> jit.Kernel:
    @kernel
    def summed(values, factor):
        return _part(values, factor) + _part(values[::2], factor)

    return summed


VALUES = np.arange(6, dtype=np.float32)


def test_a_kernel_holds_its_parts(folder: Path) -> None:
    summed = a_kernel()
    assert summed(VALUES, np.float32(2)) == 42
    for text in summed.compiler.inspect_llvm().values():
        assert not [line for line in text.splitlines() if " call " in line and "part" in line]


@pytest.mark.parametrize("order", [1, -1])
def test_each_layout_has_its_own_version_whichever_comes_first(folder: Path, order: int) -> None:
    summed, whole = a_kernel(), np.zeros((6, 2), np.float32)
    for values in [whole[:, 0], VALUES][::order]:
        summed(values, np.float32(2))
    layouts = {signature[0].layout for signature in summed.compiler.overloads}
    assert layouts == {"A", "C"}


def test_a_number_of_another_kind_is_not_made_to_fit(folder: Path) -> None:
    summed = a_kernel()
    summed(VALUES, 2.0)
    summed(VALUES, np.float32(2))
    summed(VALUES, 2)
    assert len(summed.compiler.overloads) == 3


def test_the_next_process_loads_what_was_kept(folder: Path) -> None:
    a_kernel()(VALUES, np.float32(2))
    again = a_kernel()
    assert again(VALUES, np.float32(2)) == 42
    assert again.compiler.stats.cache_hits


@pytest.mark.parametrize("damage", [b"", b"\x80", b"not a cache at all", b"\x80\x04K\x01."])
@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
def test_a_damaged_cache_is_compiled_again_and_mended(
    folder: Path, damage: bytes, suffix: str
) -> None:
    a_kernel()(VALUES, np.float32(2))
    for file in folder.rglob(f"*.{suffix}"):
        file.write_bytes(damage)
    assert a_kernel()(VALUES, np.float32(2)) == 42
    mended = a_kernel()
    assert mended(VALUES, np.float32(2)) == 42
    assert mended.compiler.stats.cache_hits


@pytest.mark.parametrize("place", ["a file", "/proc/nowhere"])
def test_a_cache_that_cannot_be_written_is_said_once_and_never_fatal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    (folder / "a file").touch()
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(folder / place))
    with caplog.at_level(logging.WARNING, logger="helios.scene"):
        assert a_kernel()(VALUES, np.float32(2)) == 42
        assert a_kernel()(VALUES, 2.0) == 42
    said = [record for record in caplog.records if "HELIOS_CACHE_DIR" in record.getMessage()]
    assert len(said) == 1


def test_a_cache_that_may_only_be_read_is_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_kernel()(VALUES, np.float32(2))

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.makedirs", refused)
    monkeypatch.setattr("os.replace", refused)
    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    summed = a_kernel()
    assert summed(VALUES, np.float32(2)) == 42
    assert summed.compiler.stats.cache_hits
    assert summed(VALUES, 2.0) == 42


@pytest.mark.parametrize("name", ["packing.py", "frames.py"])
def test_numbers_beside_the_kernels_are_part_of_their_name(name: str) -> None:
    original = Path.read_bytes

    def changed(path: Path) -> bytes:
        return original(path) + (b"#" if path.name == name else b"")

    before = jit._source_digest()
    jit._source_digest.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_bytes", changed)
        after = jit._source_digest()
    jit._source_digest.cache_clear()
    assert before != after
