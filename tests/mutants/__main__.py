"""``python -m tests.mutants``: which of the planted faults do the tests notice?"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.run import Outcome, run_faults
from tests.mutants.table import ROOT, Fault, read_faults


def main() -> int:
    """Judge the faults that were asked for; 1 if one survives without a reason or is stale."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", action="append", metavar="ROOM|ID", help="a room or one fault")
    parser.add_argument("--short", action="store_true", help="the first fault of each room")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    parser.add_argument("--limit", type=float, default=300, help="seconds for one fault")
    parser.add_argument("--report", type=Path, help="write what was found as Markdown")
    options = parser.parse_args()
    faults = _chosen(read_faults(), options.only, short=options.short)
    if not faults:
        parser.error("no such room or fault")
    outcomes = run_faults(faults, ROOT, jobs=options.jobs, limit_s=options.limit, told=_tell)
    text = report(outcomes)
    if options.report is not None:
        options.report.write_text(text)
    print(text.partition("\n\n")[0])
    return int(any(is_wrong(outcome) for outcome in outcomes))


def is_wrong(outcome: Outcome) -> bool:
    """Whether somebody has to do something about it."""
    if outcome.verdict == "survived":
        return not outcome.fault.survives
    return outcome.verdict == "stale" or bool(outcome.fault.survives)


def report(outcomes: Sequence[Outcome]) -> str:
    """How many were noticed, room by room, and each fault that was not."""
    verdicts = Counter(outcome.verdict for outcome in outcomes)
    share = 100 * verdicts["noticed"] / len(outcomes)
    lines = [f"{verdicts['noticed']} of {len(outcomes)} planted faults noticed ({share:.1f} %)", ""]
    lines += ["| room | faults | noticed |", "|---|---|---|"]
    for room in dict.fromkeys(outcome.fault.room for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.fault.room == room]
        lines.append(f"| {room} | {len(own)} | {sum(o.verdict == 'noticed' for o in own)} |")
    lines += ["", "| not noticed | what it breaks | why |", "|---|---|---|"]
    for outcome in outcomes:
        if outcome.verdict != "noticed":
            why = outcome.by or outcome.fault.survives or "**a test is missing**"
            lines.append(f"| {outcome.fault.id} | {outcome.fault.breaks} | {why} |")
    lines += ["", "| noticed | by |", "|---|---|"]
    lines += [f"| {o.fault.id} | {o.by} |" for o in outcomes if o.verdict == "noticed"]
    return "\n".join(lines) + "\n"


def _chosen(faults: list[Fault], only: list[str] | None, *, short: bool) -> list[Fault]:
    if only is not None:
        faults = [fault for fault in faults if {fault.room, fault.id} & set(only)]
    if short:
        faults = list({fault.room: fault for fault in reversed(faults)}.values())[::-1]
    return faults


def _tell(outcome: Outcome) -> None:
    mark = " !" if is_wrong(outcome) else ""
    words = (outcome.fault.room, outcome.fault.id, outcome.verdict, outcome.by)
    print("  ".join(word for word in words if word) + mark, flush=True)


if __name__ == "__main__":
    sys.exit(main())
