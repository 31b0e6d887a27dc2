"""Run another program to its end, without a shell."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from helios.errors import Cancelled, EnvironmentProblem
from helios.process.child import MERGE_INTO_STDOUT, PIPE, Spawn, start

_LAST_LINES = 40
_POLL_S = 0.1


def run_command(
    argv: Sequence[str], *, cwd: Path, cancel: threading.Event
) -> tuple[int, tuple[str, ...]]:
    """Run ``argv`` in ``cwd``; returns its exit code and the last lines it printed.

    Raises:
        EnvironmentProblem: it cannot be started.
        Cancelled: ``cancel`` was set; the program and its children are gone.
    """
    try:
        child = start(Spawn(argv=argv, cwd=cwd, stdout=PIPE, stderr=MERGE_INTO_STDOUT))
    except OSError as error:
        raise EnvironmentProblem(f"cannot run {argv[0]}: {error.strerror or error}") from error
    lines: deque[str] = deque(maxlen=_LAST_LINES)
    assert child.stdout is not None
    output = child.stdout

    def read() -> None:
        for line in output:
            lines.append(line.decode(errors="replace").rstrip())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    while (code := child.wait(_POLL_S)) is None:
        if cancel.is_set():
            child.stop()
            raise Cancelled
    reader.join(1.0)
    child.stop(grace_s=0)
    return code, tuple(lines)
