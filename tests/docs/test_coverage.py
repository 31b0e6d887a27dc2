"""The table of clocks and libraries in docs/pages.md says what the tests hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "tests" / "compositions"
TESTS = [
    *(ROOT / "tests" / "e2e" / "browser").glob("test_*.py"),
    ROOT / "tests" / "e2e" / "test_pages.py",
    ROOT / "tests" / "e2e" / "test_page_sounds.py",
]


def rows() -> list[tuple[str, str, str, str]]:
    text = (ROOT / "docs" / "pages.md").read_text()
    table = text.partition("| clock | | notes | page |")[2].partition("\n\n")[0]
    cells = [line.strip("|").split("|") for line in table.splitlines()[2:]]
    return [tuple(cell.strip() for cell in row) for row in cells]  # type: ignore[misc]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_says_how_exact_it_is_and_names_its_tests(row: tuple[str, str, str, str]) -> None:
    _, exactness, _, proofs = row
    assert exactness in {"exact", "approximate", "refused"}
    names = re.findall(r"`([^`]+)`", proofs)
    assert names
    sources = {path.name: path.read_text() for path in TESTS}
    for name in names:
        if name in sources:
            continue
        assert (PAGES / name).exists()
        stem = name.removesuffix(".html").removeprefix("library-")
        assert any(f'"{stem}"' in text or f'"{name}"' in text for text in sources.values())


def test_every_library_is_in_the_table() -> None:
    named = {name for row in rows() for name in re.findall(r"`(library-[^`]+)`", row[3])}
    assert named == {path.name for path in PAGES.glob("library-*.html")}
    assert len(rows()) > 20
