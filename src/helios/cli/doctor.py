"""``helios doctor``: what this machine has, lacks, and needs."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from helios.cli.flags import Json
from helios.cli.visible import visible
from helios.doctor.examine import examine
from helios.doctor.films import warm as warm_kernels

_MARKS = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}


def command(
    *,
    json: Json = False,
    warm: Annotated[
        bool, Parameter(negative="", help="compile the kernels of scenes first (about 20 s)")
    ] = False,
) -> int:
    """Look at this machine: what works, what is missing, and the command that mends it.

    A page, its fonts, and a film in each codec are really drawn, so it takes some seconds. Exit
    code 1: something stops films from being made.
    """
    Path.cwd()  # in a folder that is gone, nothing can be tried
    if warm:
        warm_kernels()
    findings = []
    for finding in examine():
        findings.append(finding)
        if not json:
            print(
                visible(f"{_MARKS[finding.status]}  {finding.name}: {finding.message}"), flush=True
            )
            if finding.remedy:
                print(visible(f"           {finding.remedy}"), flush=True)
    problems = sum(finding.status == "problem" for finding in findings)
    if json:
        rows = [asdict(finding) for finding in findings]
        print(json_module.dumps({"version": 1, "problems": problems, "findings": rows}, indent=1))
    return 1 if problems else 0
