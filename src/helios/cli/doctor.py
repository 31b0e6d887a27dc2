"""``helios doctor``: what this machine has, lacks, and needs."""

from __future__ import annotations

import os
import shlex
import threading
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from helios.cli.flags import Json, QuietFindings
from helios.cli.visible import visible
from helios.doctor.examine import examine
from helios.doctor.films import warm as warm_kernels
from helios.doctor.finding import Finding, MachineReport
from helios.errors import EnvironmentProblem
from helios.process.command import run_command
from helios.remedies.mending import mending_commands
from helios.remedies.system import this_system

_MARKS = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}


def command(
    *,
    json: Json = False,
    quiet: QuietFindings = False,
    warm: Annotated[
        bool, Parameter(negative="", help="compile the kernels of scenes first (about 20 s)")
    ] = False,
    fix: Annotated[
        bool,
        Parameter(negative="", help="run the commands that mend what is found, and look again"),
    ] = False,
) -> int:
    """Look at this machine: what works, what is missing, and the command that mends it.

    A page, its fonts, and a film in each codec are really drawn, so it takes some seconds. Exit
    code 1: something stops films from being made.
    """
    Path.cwd()  # in a folder that is gone, nothing can be tried
    if warm:
        warm_kernels()
    findings = _looked(told=not json, quiet=quiet)
    if fix and _mended(findings, told=not json):
        findings = _looked(told=not json, quiet=quiet)
    problems = sum(finding.status == "problem" for finding in findings)
    if json:
        print(MachineReport(problems=problems, findings=tuple(findings)).model_dump_json(indent=1))
    return 1 if problems else 0


def _looked(*, told: bool, quiet: bool) -> list[Finding]:
    findings = []
    for finding in examine():
        findings.append(finding)
        if told and not (quiet and finding.status == "ok"):
            print(
                visible(f"{_MARKS[finding.status]}  {finding.name}: {finding.message}"), flush=True
            )
            if finding.remedy:
                print(visible(f"           {finding.remedy}"), flush=True)
    return findings


def _mended(findings: list[Finding], *, told: bool) -> bool:
    """Run what mends; whether there was something to run. What fails does not stop the rest."""
    remedies = [finding.remedy for finding in findings if finding.status != "ok"]
    commands = mending_commands(remedies, this_system(), is_root=os.geteuid() == 0)
    for command in commands:
        if told:
            print(visible(f"running  {shlex.join(command)}"), flush=True)
        try:
            code, lines = run_command(command, cwd=Path.cwd(), cancel=threading.Event())
        except EnvironmentProblem as error:
            code, lines = 127, (error.message,)
        if code and told:
            print(visible("\n".join(f"           {line}" for line in lines[-5:])), flush=True)
    return bool(commands)
