"""The documentation is true: its examples run, its commands exist."""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helios.cli.main import COMMANDS, GROUPS, build_app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[str, str]]:
    return [
        (f"{page.name}:{page.read_text()[: match.start()].count(chr(10)) + 1}", match[2])
        for page in PAGES
        for match in BLOCK.finditer(page.read_text())
        if match[1] == language
    ]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that examples speak of."""
    from tests.music import rock
    from tests.sounds import encoded

    import helios

    folder = tmp_path_factory.mktemp("material")
    (folder / "page.html").write_text(
        "<!DOCTYPE html><body><script>window.helios = { duration: 0.4 }</script>"
    )
    song = rock(124, 8).samples
    (folder / "song.mp3").write_bytes(encoded(song, 48_000, "mp3", "libmp3lame"))
    helios.render(
        lambda _: np.zeros((128, 256, 3), np.uint8),
        folder / "film.mp4",
        width=256,
        height=128,
        frame_count=15,
    )
    return folder


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```python" in page.read_text()], ids=str
)
def test_python_examples_run(
    page: Path, tmp_path: Path, material: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The examples of a page run one after the other, as a reader would run them."""
    monkeypatch.chdir(tmp_path)
    for file in material.iterdir():
        shutil.copy(file, tmp_path)
    namespace: dict[str, object] = {"__name__": "example"}
    for place, code in blocks("python"):
        if place.startswith(page.name + ":"):
            exec(compile(code, place, "exec"), namespace)


def test_the_first_function_draws_what_the_command_under_it_asks_for() -> None:
    page = (ROOT / "docs" / "index.md").read_text()
    code = next(code for place, code in blocks("python") if place.startswith("index.md:"))
    namespace: dict[str, Any] = {}
    exec(code.partition("\nresult = ")[0], namespace)
    command = re.search(r"^helios render film\.py:draw .*$", page, re.MULTILINE)
    assert command is not None
    words = shlex.split(command[0])
    size = tuple(int(words[words.index(flag) + 1]) for flag in ("--height", "--width"))
    assert namespace["draw"](0).shape[:2] == size


def command_lines() -> list[tuple[str, str]]:
    lines = []
    for place, block in blocks("sh"):
        joined = block.replace("\\\n", " ")
        lines += [(place, line) for line in joined.splitlines() if line.startswith("helios ")]
    return lines


@pytest.mark.parametrize(("place", "line"), command_lines())
def test_commands_in_the_docs_are_understood(place: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    if "--help" not in words:
        build_app().parse_args(words, exit_on_error=False, print_error=False)


def test_every_command_is_documented() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    names = [name for name, *_ in COMMANDS]
    names += [f"{group} {name}" for group, (_, entries) in GROUPS.items() for name, *_ in entries]
    for name in names:
        assert f"helios {name}" in text, f"helios {name} is not in the docs"


@pytest.mark.parametrize("module", ["helios.rendering.api", "helios.rendering.orchestrator"])
def test_docstring_examples_run(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(importlib.import_module(module))
    assert results.attempted > 0
    assert results.failed == 0


def test_public_names_are_listed_and_importable() -> None:
    import helios

    assert set(helios.__all__) == {*helios._HOME, "__version__"}
    for name in helios.__all__:
        assert getattr(helios, name) is not None


def test_the_options_page_is_what_the_schema_says() -> None:
    namespace: dict[str, object] = {"__file__": str(ROOT / "docs" / "make_options.py")}
    exec((ROOT / "docs" / "make_options.py").read_text(), namespace)
    page = namespace["page"]
    assert callable(page)
    assert (ROOT / "docs" / "options.md").read_text() == page(), "run python docs/make_options.py"


_BENCHMARK = re.compile(r"python (?:-m (benchmarks\.[\w.]+)|((?:benchmarks|docs)/\w+\.py))")


def test_each_benchmark_that_is_named_is_there() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks/README.md"]
    named = {
        Path(module.replace(".", "/") if module else file)
        for page in pages
        for module, file in _BENCHMARK.findall(page.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    places = (
        (name, ROOT / name, ROOT / name / "__main__.py", ROOT / f"{name}.py") for name in named
    )
    assert not [
        name
        for name, file, package, module in places
        if not (file.is_file() or package.is_file() or module.is_file())
    ]


_OF_A_CHECKOUT = re.compile(r"(?<![\w./-])(examples|benchmarks|tests)(?=[/.][A-Za-z])")


@pytest.mark.parametrize(
    "page", [*sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_what_a_wheel_lacks_is_said_before_it_is_named(page: Path) -> None:
    text = page.read_text()
    named = list(_OF_A_CHECKOUT.finditer(text))
    if named:
        before = " ".join(text[: named[0].start()].split())
        said = re.search(r"[Ww]hat begins with ([^;.]*) lies (in a checkout|there)", before)
        assert said, f"{page.name} names {named[0][0]} and not that it lies in a checkout"
        assert {match[1] for match in named} <= set(re.findall(r"`(\w+)`", said[1]))
