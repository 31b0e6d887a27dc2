"""Where the inputs of jobs are on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from helios.errors import HeliosError
from helios.queue.job import RenderJob


class JobInputs(Protocol):
    """Finds what jobs are made of: sounds and compositions."""

    def locate(self, job: RenderJob, home: Path) -> tuple[dict[str, Any], Path]:
        """A job's configuration with its inputs as this machine names them, and the folder where
        its relative names lead; ``home`` is the job's own.

        Raises:
            HeliosError: this machine does not have them.
        """
        ...


class NamedInputs:
    """Inputs are where the job says."""

    def locate(self, job: RenderJob, home: Path) -> tuple[dict[str, Any], Path]:
        """The configuration as it was submitted."""
        return job.config, Path(job.folder) if job.folder else home


def are_here(inputs: JobInputs, job: RenderJob, home: Path) -> bool:
    """Whether this machine has what a job is made of."""
    try:
        inputs.locate(job, home)
    except HeliosError:
        return False
    return True
