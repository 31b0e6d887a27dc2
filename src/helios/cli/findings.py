"""How findings are told, of films and of compositions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helios.cli.visible import on_one_line, visible

if TYPE_CHECKING:
    from helios.findings.finding import CompositionReport, FilmReport

_MARKS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}
_INDENT = " " * 9


def tell(
    report: CompositionReport | FilmReport, name: str, *, as_json: bool, quiet: bool = False
) -> int:
    """Print what was found of what has this name; gives the exit code: 1 if there is a problem.

    ``quiet`` leaves out what is as it should be.
    """
    count, findings = report.problems, report.findings
    if as_json:
        print(report.model_dump_json(indent=1))
        return 1 if count else 0
    for finding in findings:
        if quiet and finding.status == "ok":
            continue
        when = f" ({finding.when})" if finding.when else ""
        text = f"{finding.check}: {finding.what}{when}"
        print(visible(f"{_MARKS[finding.status]}  {on_one_line(text)}"))
        for more in (finding.why, finding.remedy, finding.picture):
            if more:
                print(visible(f"{_INDENT}{on_one_line(more)}"))
    notes = sum(finding.status == "note" for finding in findings)
    print(f"{on_one_line(name)}: {_counted(count, 'problem')}, {_counted(notes, 'note')}")
    return 1 if count else 0


def _counted(count: int, word: str) -> str:
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"
