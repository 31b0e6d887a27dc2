"""Run the ``helios`` command as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from helios.agents.schemas import schema

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON events of ``--json``; each is as the schema of events says."""
        events = [json.loads(line) for line in self.out.splitlines()]
        for event in events:
            validator("events").validate(event)
        return events

    def document(self, name: str) -> dict[str, Any]:
        """The JSON that was printed; it is as the schema of this name says."""
        document: dict[str, Any] = json.loads(self.out)
        validator(name).validate(document)
        return document


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """What checks documents against ``helios schema NAME``."""
    return jsonschema.Draft202012Validator(schema(name))


def helios(*words: object, cwd: Path, code: int | None = 0, timeout_s: float = 240) -> Outcome:
    """Run ``helios`` with these words; ``code`` is the exit code it must have (None: any)."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "helios", *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        env=environment(),
    )
    return judged(Outcome(done.returncode, done.stdout, done.stderr), code)


def judged(outcome: Outcome, code: int | None) -> Outcome:
    """What came of a command, if it ended as it must and told no traceback."""
    assert "Traceback" not in outcome.err, outcome.err
    if code is not None:
        assert outcome.code == code, f"{outcome.out}\n{outcome.err}"
    return outcome


def environment() -> dict[str, str]:
    """The environment of commands under test."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}


@contextmanager
def start_helios(
    *words: object, cwd: Path, within: Sequence[str] = ()
) -> Iterator[subprocess.Popen[str]]:
    """Start ``helios``, as what the program ``within`` runs, and leave it running in the block."""
    process = subprocess.Popen(
        [*within, sys.executable, "-P", "-m", "helios", *map(str, words)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    with ended_with_block(process):
        yield process


@contextmanager
def ended_with_block(process: subprocess.Popen[Any]) -> Iterator[None]:
    """However the block ends, the process has ended then and its pipes are closed.

    What a test that fails leaves running is else found by another test, which fails too.
    """
    with process:
        try:
            yield
        finally:
            process.kill()


def processes_of(folder: Path) -> list[int]:
    """Ids of processes that work in ``folder`` or name it in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            line = (entry / "cmdline").read_bytes()
            where = str((entry / "cwd").readlink())
        except OSError:
            continue
        if line and (str(folder).encode() in line or where.startswith(str(folder))):
            found.append(int(entry.name))
    return found
