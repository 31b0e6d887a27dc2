"""The documentation as a site: whole, without broken links, and true about errors."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.docs.test_docs import ROOT

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
