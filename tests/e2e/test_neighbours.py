"""Files of the user's that are called like Python's own modules do not reach our processes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image
from tests.barcode import read_film
from tests.commandline import ROOT, helios
from tests.ready import emit_job

COMPOSITIONS = ROOT / "tests" / "compositions"
SMALL = ("--width", 320, "--height", 180, "--frame-count", 8, "--concurrency", 2)


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A folder with two compositions, and a file beside them for each module of the library."""
    for name in sys.stdlib_module_names:
        (tmp_path / f"{name}.py").write_text(f"raise RuntimeError('{name} of the user')\n")
    for name in ("canvas2d.html", "barcode.py"):
        shutil.copy(COMPOSITIONS / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("composition", ["canvas2d.html", "barcode.py:draw", "barcode:draw"])
def test_a_film_is_made_beside_files_called_like_modules(crowded: Path, composition: str) -> None:
    helios("render", composition, "-o", "film.mp4", *SMALL, cwd=crowded)
    assert _numbers(crowded / "film.mp4") == list(range(8))


def test_a_job_runs_beside_files_called_like_modules(crowded: Path) -> None:
    emit_job(crowded, crowded / "canvas2d.html", "film.mp4", "--frame-count", 4)
    helios("job", "run", "job.json", cwd=crowded)
    assert _numbers(crowded / "film.mp4") == list(range(4))


def test_a_composition_imports_its_neighbour_before_what_is_installed(tmp_path: Path) -> None:
    (tmp_path / "yaml.py").write_text("BLUE = (0, 0, 255)\n")
    (tmp_path / "film.py").write_text(
        "import numpy as np\nimport yaml\n\ndef draw(frame, context):\n"
        "    shape = (context.height, context.width, 3)\n"
        "    return np.full(shape, yaml.BLUE, np.uint8)\n"
    )
    helios("still", "film.py:draw", "-o", "one.png", "--width", 64, "--height", 64, cwd=tmp_path)
    with Image.open(tmp_path / "one.png") as picture:
        assert picture.convert("RGB").getpixel((32, 32)) == (0, 0, 255)


def test_a_composition_imports_what_lies_in_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "palette.py").write_text("BLUE = (0, 0, 255)\n")
    (tmp_path / "films" / "film.py").write_text(
        "import numpy as np\nimport palette\n\ndef draw(frame, context):\n"
        "    shape = (context.height, context.width, 3)\n"
        "    return np.full(shape, palette.BLUE, np.uint8)\n"
    )
    words = ("films/film.py:draw", "-o", "one.mp4", "--width", 64, "--height", 64)
    helios("render", *words, "--frame-count", 2, cwd=tmp_path)


def _numbers(film: Path) -> list[int]:
    return [number for _, number in read_film(film)]
