"""``helios doctor`` on the machine that runs the tests: it draws, encodes and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.commandline import helios


@pytest.mark.browser
@pytest.mark.slow
def test_a_machine_that_draws_has_no_problem_and_is_warmed(tmp_path: Path) -> None:
    told = helios("doctor", "--warm", "--json", cwd=tmp_path).document("doctor")
    findings = {finding["name"]: finding for finding in told["findings"]}
    assert told["problems"] == 0
    drawing = ("chromium", "drawing a page", "font for Latin", "scene kernels")
    for name in (*drawing, "encoder h264", "encoder vp9"):
        assert findings[name]["status"] == "ok", findings[name]
    for finding in told["findings"]:
        assert bool(finding["remedy"]) == (finding["status"] != "ok")


def test_a_problem_is_told_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELIOS_CHROMIUM", str(tmp_path / "none"))
    outcome = helios("doctor", cwd=tmp_path, code=1)
    lines = outcome.out.splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("PROBLEM  chromium:"))
    assert "HELIOS_CHROMIUM" in lines[place + 1]
    assert any(line.startswith("ok       encoder h264") for line in lines)
