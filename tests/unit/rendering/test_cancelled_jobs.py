"""A job that was cancelled before a machine comes to it."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.unit.rendering.test_job_places import job as written

from helios.errors import Cancelled
from helios.rendering import job
from helios.rendering.job import JobOptions, JobRunner


def test_a_machine_that_comes_late_draws_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it wait for the next look at the flag to hear of it."""
    monkeypatch.setattr(job, "watched", lambda *_: nullcontext())
    runner = JobRunner(written(tmp_path, "part_0.mov", "film.mov"), JobOptions())
    runner.cancel()
    for _ in range(2):
        with pytest.raises(Cancelled, match="the job was cancelled"):
            runner.run()
    assert runner.requeue()
    with pytest.raises(job.ChunkFailed, match=r"left no part_0\.mov"):
        runner.run()
