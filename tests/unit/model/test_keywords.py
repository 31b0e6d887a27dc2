"""The keywords of the Python functions are the options, and a type checker knows them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from helios.model.keywords import RenderKeywords
from helios.model.options import RenderOptions


def test_they_are_the_options() -> None:
    assert set(RenderKeywords.__annotations__) == set(RenderOptions.model_fields)


@pytest.mark.slow
def test_a_misspelt_keyword_does_not_type_check(tmp_path: Path) -> None:
    (tmp_path / "film.py").write_text(
        "import helios\n"
        "def draw(frame: int) -> object: ...\n"
        "helios.render(draw, 'f.mp4', width=64, fps=29.97, audio=['a.wav'], workers='auto')\n"
        "helios.render(draw, 'f.mp4', widht=64)\n"
        "helios.still('page.html', 'f.png', heigth=64)\n"
        "helios.frames(draw, quality=[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "film.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = [line for line in done.stdout.splitlines() if "error:" in line]
    assert [int(line.split(":")[1]) for line in wrong] == [4, 5, 6], done.stdout
    assert '"widht"' in wrong[0]
    assert '"heigth"' in wrong[1]
