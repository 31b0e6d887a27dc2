"""The budgets and boundaries ARCHITECTURE.md promises, measured."""

from __future__ import annotations

import ast
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "helios"
FILES = sorted(SOURCE.rglob("*.py"))
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code: signature and docstring are documentation."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_file_keeps_its_budget(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MAX_FILE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = body_lines(node)
            assert length <= MAX_FUNCTION_LINES, f"{node.name} has {length} lines"


def test_comments_say_why_and_not_too_much() -> None:
    comment_lines = code_lines = 0
    for path in FILES:
        kinds: dict[int, set[int]] = {}
        with path.open("rb") as stream:
            for token in tokenize.tokenize(stream.readline):
                kinds.setdefault(token.start[0], set()).add(token.type)
        for types in kinds.values():
            comment_lines += tokenize.COMMENT in types
            code_lines += bool(types & {tokenize.NAME, tokenize.OP, tokenize.NUMBER})
    assert comment_lines <= 0.10 * code_lines


def test_nothing_prints_outside_the_command_line() -> None:
    for path in FILES:
        if path.is_relative_to(SOURCE / "cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            assert not (isinstance(called, ast.Name) and called.id == "print"), path


def test_import_is_light() -> None:
    code = (
        "import sys, time; t = time.process_time(); import helios; d = time.process_time() - t;"
        "heavy = {'av', 'numba', 'fastapi', 'numpy', 'sqlalchemy'} & set(sys.modules);"
        "assert not heavy, heavy; print(d)"
    )
    seconds = min(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(5)
    )
    assert seconds < 0.15
