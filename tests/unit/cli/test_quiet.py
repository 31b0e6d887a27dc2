"""``--quiet`` of commands that look at something leaves out what is as it should be."""

from __future__ import annotations

from importlib import import_module
from inspect import signature

import pytest

from helios.cli import doctor
from helios.cli.findings import tell
from helios.cli.main import COMMANDS, GROUPS
from helios.doctor import finding as machine
from helios.findings.finding import FilmReport, Finding, ok

REPORT = FilmReport(
    film="f.mp4",
    problems=1,
    findings=(
        ok("colour", "BT.709"),
        Finding(check="bitrate", status="note", what="low"),
        Finding(check="frozen", status="problem", what="from 2 s"),
    ),
)


@pytest.mark.parametrize("quiet", [False, True])
def test_findings(capsys: pytest.CaptureFixture[str], quiet: bool) -> None:
    assert tell(REPORT, "f.mp4", as_json=False, quiet=quiet) == 1
    told = capsys.readouterr().out
    assert ("BT.709" in told) is not quiet
    assert "low" in told
    assert told.endswith("f.mp4: 1 problem, 1 note\n")


@pytest.mark.parametrize("quiet", [False, True])
def test_a_machine(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    found = [machine.ok("Python", "3.12"), machine.problem("fonts", "none", "apt install fonts")]
    monkeypatch.setattr(doctor, "examine", lambda: found)
    assert doctor.command(quiet=quiet) == 1
    told = capsys.readouterr().out
    assert ("3.12" in told) is not quiet
    assert "fonts: none" in told


def test_every_command_that_tells_programs_can_be_quiet() -> None:
    groups = ((f"{group} ", entries) for group, (_, entries) in GROUPS.items())
    for before, entries in (("", COMMANDS), *groups):
        for name, place, _ in entries:
            module, function = place.split(":")
            taken = signature(getattr(import_module(module), function)).parameters
            assert ("quiet" in taken) is ("json" in taken), before + name
