"""How ``helios job`` and ``helios queue`` tell as JSON what they did to jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helios.agents.reports import JobAction


def tell_jobs(action: JobAction, jobs: Iterable[str], *, is_whole_queue: bool = False) -> int:
    """Print the document; gives the exit code."""
    from helios.agents.reports import JobsReport

    report = JobsReport(action=action, jobs=tuple(jobs), is_whole_queue=is_whole_queue)
    print(report.model_dump_json(indent=1))
    return 0
