"""The documentation as a site: whole, without broken links, and true about errors."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests.docs.test_docs import PAGES, ROOT

DOCS = ROOT / "docs"
NAV = re.findall(r"\S+\.md$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)


def test_every_page_is_in_the_navigation_once() -> None:
    assert sorted(NAV) == sorted(page.name for page in DOCS.glob("*.md"))


def test_what_troubleshooting_quotes_is_what_errors_say() -> None:
    text = (DOCS / "troubleshooting.md").read_text()
    first_cells = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    quoted = [words for cell in first_cells for words in re.findall(r"`([^`]+)`", cell)]
    assert len(quoted) > 10
    said = "".join(path.read_text() for path in (ROOT / "src" / "helios").rglob("*.py"))
    assert [words for words in quoted if words not in said] == []


def test_the_hook_for_react_is_the_one_of_the_page_that_is_tested() -> None:
    page = ROOT / "tests" / "compositions" / "library-framer-motion.html"
    hooks = re.findall(
        r"^```js\n(.*?)^```", (DOCS / "moving.md").read_text(), re.MULTILINE | re.DOTALL
    )
    assert [" ".join(hook.split()) in " ".join(page.read_text().split()) for hook in hooks] == [
        True
    ]


@pytest.mark.parametrize("drawing", sorted(DOCS.rglob("*.svg")), ids=lambda path: path.stem)
def test_a_drawing_is_shown_and_read_in_light_and_dark_and_by_ear(drawing: Path) -> None:
    name = drawing.relative_to(DOCS).as_posix()
    alts = [re.findall(rf"!\[([^]]*)\]\({name}\)", page.read_text()) for page in PAGES]
    assert [len(words) > 40 for page_alts in alts for words in page_alts] == [True]
    tree = ET.parse(drawing).getroot()
    size = [float(number) for number in tree.attrib["viewBox"].split()[2:]]
    svg = "{http://www.w3.org/2000/svg}"
    assert tree.findtext(f"{svg}title")
    assert "prefers-color-scheme: dark" in tree.findtext(f"{svg}style", "")
    texts = list(tree.iter(f"{svg}text"))
    assert len(texts) > 10
    for text in texts:
        at = float(text.attrib["x"]), float(text.attrib["y"])
        assert all(0 < place < side for place, side in zip(at, size, strict=True)), text.text
    # A picture in a page loads nothing: what it names is in itself.
    assert re.findall(r"href|url\((?!#)", drawing.read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_table_has_no_rows_outside(page: Path) -> None:
    """After an empty line, rows are a paragraph full of bars."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    rule = re.compile(r"\|(\s*:?-+:?\s*\|)+")
    assert [table[:60] for table in tables if not rule.fullmatch(table.splitlines()[1])] == []


@pytest.mark.full_docs
@pytest.mark.skipif(
    not (find_spec("material") and find_spec("mkdocstrings")), reason="pip install -e '.[docs]'"
)
def test_the_site_is_built_strictly_with_every_public_name(tmp_path: Path) -> None:
    import helios

    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "reference" / "index.html").read_text()
    missing = [name for name, home in helios._HOME.items() if f'id="{home}.{name}"' not in page]
    assert missing == []
    assert "fonts.googleapis" not in (tmp_path / "index.html").read_text()
