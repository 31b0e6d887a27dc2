"""Run the ``helios`` command in processes that have imported it already.

A new interpreter takes half a second of processor time to import what a render needs; a fork of one
that has done so takes none, and is a process of its own all the same. What draws stays too
(``tests.warm``).
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import random
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

from tests.commandline import Outcome, environment, judged

IMPORTED = ("helios.cli.main", "helios.cli.render", "helios.rendering.orchestrator")
DRAW = ("render", "batch", "still", "sheet", "job", "check", "plan", "info", "bundle")
"""Commands that draw, or look at what is drawn."""
_one_at_a_time = threading.Lock()


def helios(*words: object, cwd: Path, code: int | None = 0, timeout_s: float = 240) -> Outcome:
    """Run ``helios`` with these words; ``code`` is the exit code it must have (None: any)."""
    with tempfile.TemporaryDirectory() as said, _one_at_a_time:
        out, err = Path(said, "out"), Path(said, "err")
        ended = _run([*map(str, words)], cwd, (out, err), timeout_s)
        return judged(Outcome(ended, out.read_text(), err.read_text()), code)


def emit_job(folder: Path, page: Path, film: str, *flags: object) -> dict[str, Any]:
    """Write ``folder/job.json`` for a small film of a page; gives what it says."""
    size = ("--width", 320, "--height", 180)
    helios("render", page, "-o", film, *size, "--emit-job", "job.json", *flags, cwd=folder)
    document: dict[str, Any] = json.loads((folder / "job.json").read_text())
    return document


def _run(words: list[str], cwd: Path, said: tuple[Path, Path], timeout_s: float) -> int:
    parent = _parent()
    assert parent.stdin is not None
    assert parent.stdout is not None
    asked = {"words": words, "cwd": str(cwd), "said": [*map(str, said)], "env": environment()}
    parent.stdin.write(json.dumps(asked).encode() + b"\n")
    parent.stdin.flush()
    process = int(parent.stdout.readline())
    if not select.select([parent.stdout], [], [], timeout_s)[0]:
        os.kill(process, signal.SIGKILL)
        parent.stdout.readline()
        raise subprocess.TimeoutExpired(words, timeout_s)
    return int(parent.stdout.readline())


@cache
def _parent() -> subprocess.Popen[bytes]:
    """The process that forks; it ends when its input does."""
    parent = subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.ready"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env=environment(),
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    atexit.register(parent.wait)
    atexit.register(parent.stdout.close)
    atexit.register(parent.stdin.close)
    return parent


def _fork_for_each_request() -> bool:
    """Fork, and tell the process's id and how it ended; true in what was forked."""
    for module in IMPORTED:
        importlib.import_module(module)
    from tests import warm

    renderers: list[warm.Renderer] = []
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        if asked["words"][0] in DRAW:
            warm.stay(renderers, asked["env"])
        process = os.fork()
        if not process:
            _become(**asked)
            warm.draw_with(renderers)
            return True
        print(process, flush=True)
        ended = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if ended < 0:  # killed, perhaps in the middle of a call
            warm.end(renderers)
        print(ended, flush=True)
    return False


def _become(words: list[str], cwd: str, said: list[str], env: dict[str, str]) -> None:
    """Be as a process that was started so."""
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    random.seed()
    os.chdir(cwd)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, name in enumerate(said, 1):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), stream)
    sys.argv = ["helios", *words]


if __name__ == "__main__" and _fork_for_each_request():
    runpy.run_module("helios", run_name="__main__", alter_sys=True)
