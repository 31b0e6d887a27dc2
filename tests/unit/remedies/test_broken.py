"""A library that cannot be loaded is named, with what installs it anew."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from tests.commandline import ROOT, environment

from helios.doctor import examine
from helios.doctor.finding import Finding
from helios.remedies.broken import broken_package


def planted(folder: Path, package: str) -> Path:
    """A library of this name that fails as a compiled one does whose file is gone."""
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text("raise ImportError('libx.so.1: cannot open')\n")
    return folder


def test_the_library_is_named_and_what_is_no_library_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(planted(tmp_path, "stray"))
    with pytest.raises(ImportError) as caught:
        importlib.import_module("stray")
    problem = broken_package(_raised_in("helios.sources.python", "import stray"))
    assert problem is not None
    assert problem.message == "stray cannot be loaded: libx.so.1: cannot open"
    assert problem.hint == "pip install --force-reinstall stray"
    lost = broken_package(_raised_in("helios.x", "import lost.part"))
    assert lost is not None
    assert lost.hint == "pip install --force-reinstall lost"
    assert broken_package(_raised_in("helios.x", "from helios import nothing_such")) is None
    assert broken_package(ValueError("libx")) is None
    assert caught.value.msg


def _raised_in(module: str, code: str) -> ImportError:
    try:
        exec(code, {"__name__": module})  # as if it stood in this module
    except ImportError as error:
        return error
    raise AssertionError(code)


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("numba", ("render", "aurora", "-o", "film.mp4", "--frame-count", "1")),
        ("av", ("info", "film.mp4")),
    ],
)
def test_commands_name_it(package: str, words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"x")
    known = environment()
    places = [
        str(planted(tmp_path / "broken", package)),
        known.get("PYTHONPATH", str(ROOT / "src")),
    ]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "helios", *words],
        cwd=tmp_path,
        env={**known, "PYTHONPATH": ":".join(places)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert f"{package} cannot be loaded: libx.so.1: cannot open" in done.stderr
    assert f"pip install --force-reinstall {package}" in done.stderr


def test_the_doctor_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> list[Finding]:
        raise _raised_in("helios.scene", "import lost")

    monkeypatch.setattr(examine, "EXAMINATIONS", (look,))
    (finding,) = examine.examine()
    assert "lost cannot be loaded" in finding.message
    assert finding.remedy == "pip install --force-reinstall lost"
