"""A checkout may be started with a Python that is too old, which pip would have refused."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.commandline import environment

AS = "import runpy, sys; sys.version_info = {}; runpy.run_module('helios', run_name='__main__')"


@pytest.mark.parametrize("version", ["(3, 10, 13)", "(3, 9, 18)"])
def test_an_old_python_is_named_with_what_to_do(version: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AS.format(version), "--version"],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    named = ".".join(version.strip("()").split(", ")[:2])
    assert done.returncode == 3
    assert f"error: Helios needs Python 3.11 or newer, this is {named}\n" in done.stderr
    assert "python3.12 -m venv .venv" in done.stderr
    assert "Traceback" not in done.stderr
