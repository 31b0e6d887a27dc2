"""The fault and load tables, in their short form."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(script: str, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / script, *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "row", ["kill", "watch", "cancel", "poison", "hang", "renderer", "deleted", "clock", "grace"]
)
def test_the_queue_survives(row: str) -> None:
    assert run("faults.py", "--short", "--only", row).startswith("ok")
