"""The boundaries that ARCHITECTURE.md promises, measured."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "helios"
FILES = sorted(SOURCE.rglob("*.py"))


def test_nothing_prints_outside_the_command_line() -> None:
    for path in FILES:
        if path.is_relative_to(SOURCE / "cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            assert not (isinstance(called, ast.Name) and called.id == "print"), path


@pytest.mark.parametrize(("module", "most_s"), [("helios", 0.15), ("helios.cli.render", 0.6)])
def test_import_is_light(module: str, most_s: float) -> None:
    code = (
        f"import sys, time; t = time.process_time(); import {module}; d = time.process_time() - t;"
        "heavy = {'av', 'numba', 'fastapi', 'numpy', 'sqlalchemy'} & set(sys.modules);"
        "assert not heavy, heavy; print(d)"
    )
    seconds = min(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(5)
    )
    assert seconds < most_s


def test_help_is_there_at_once() -> None:
    """0.4 s of work: what other programs take of the machine is not counted."""
    code = (
        "import os, time, helios.cli.main as m; code = m.main(['--help']);"
        "times = os.times(); print(times.user + times.system)"
    )
    seconds = min(
        float(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, check=True, text=True
            ).stdout.splitlines()[-1]
        )
        for _ in range(3)
    )
    assert seconds < 0.4
