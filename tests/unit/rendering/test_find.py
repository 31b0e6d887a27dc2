"""What a name given by a user means."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios.errors import CompositionNotFound
from helios.rendering.find import find_composition


@pytest.mark.parametrize(
    ("name", "meant"),
    [("arora", "aurora"), ("voxelcty", "voxelCity"), ("audiogrm", "audiogram")],
)
def test_a_wrong_name_is_told_the_nearest_of_all(tmp_path: Path, name: str, meant: str) -> None:
    with pytest.raises(CompositionNotFound, match=f"no template '{name}'") as caught:
        find_composition(name, tmp_path)
    assert caught.value.hint.startswith(f"Did you mean {meant}? ")


def test_a_file_of_python_is_asked_for_its_function(tmp_path: Path) -> None:
    (tmp_path / "film.py").write_text("def draw(frame): ...\n")
    with pytest.raises(CompositionNotFound, match=r"film\.py is a file of Python") as caught:
        find_composition("film.py", tmp_path)
    assert "film.py:NAME" in caught.value.hint
