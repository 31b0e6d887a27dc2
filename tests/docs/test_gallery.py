"""The gallery: twenty kinds of films, each with a loop that moves, its source and commands."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PIL import Image
from tests.docs.test_docs import ROOT

GALLERY = ROOT / "docs" / "gallery.md"
SECTIONS = GALLERY.read_text().split("\n## ")[1:]
LEAST = 20


def frames(picture: Image.Image) -> Iterator[bytes]:
    for index in range(getattr(picture, "n_frames", 1)):
        picture.seek(index)
        yield picture.convert("L").tobytes()


def test_there_are_as_many_kinds_as_promised() -> None:
    assert len(SECTIONS) >= LEAST


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text.partition("\n")[0])
def test_a_loop_moves_and_its_source_is_there(section: str) -> None:
    (loop,) = re.findall(r"\((images/gallery/\S+\.webp)\)", section)
    with Image.open(GALLERY.parent / loop) as picture:
        assert picture.size == (320, 180)
        assert len(set(frames(picture))) > 5
    assert "Source: " in section
    for place in re.findall(r"`(examples/\S+)`", section):
        assert (ROOT / place).exists(), place
    assert re.search(r"^helios ", section, re.MULTILINE)
