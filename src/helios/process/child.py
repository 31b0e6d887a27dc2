"""Start child processes, and never leave one behind. The only room that imports subprocess.

Two layers keep a child from outliving its holder: its own session, so that the whole group can
be signalled, and (on Linux) ``PR_SET_PDEATHSIG``, so that the kernel ends it when we are killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from helios.process.confine import Confinement, confine

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
GRACE_S = 0.5
_TRIES = 5

Stream = int | IO[bytes] | None
PIPE = subprocess.PIPE
DEVNULL = subprocess.DEVNULL
SubprocessError = subprocess.SubprocessError
MERGE_INTO_STDOUT = subprocess.STDOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Spawn:
    """How to start one child.

    ``fds`` maps the child's descriptor numbers to ours. A child that ``outlives`` us is not ended
    by our death. One with ``own_temporary`` has a folder of its own for temporary files, which goes
    when it is stopped: who is killed tidies nothing up.
    """

    argv: Sequence[str]
    cwd: Path | None = None
    env: Mapping[str, str] | None = None
    stdin: Stream = DEVNULL
    stdout: Stream = DEVNULL
    stderr: Stream = DEVNULL
    fds: Mapping[int, int] = field(default_factory=dict)
    confinement: Confinement = field(default_factory=Confinement)
    outlives: bool = False
    own_temporary: bool = False


def python_argv(module: str, *words: str) -> list[str]:
    """The command that runs a module of ours in a new interpreter.

    The folder we stand in is not searched for modules (``-P``): a script of the user's that is
    called like one of Python's own modules, ``queue.py`` say, is not ours to run.
    """
    return [sys.executable, "-P", "-m", module, *words]


class Child:
    """A running child and its process group."""

    def __init__(self, popen: subprocess.Popen[bytes], temporary: str | None = None) -> None:
        """``temporary`` is the folder of its temporary files."""
        self._popen = popen
        self._temporary = temporary
        self.stdin = popen.stdin
        self.stdout = popen.stdout
        self.stderr = popen.stderr

    @property
    def pid(self) -> int:
        """Process id; also the id of its group."""
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._popen.poll()

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait for the end; None if it still runs after ``timeout_s``."""
        try:
            return self._popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, grace_s: float = GRACE_S) -> int:
        """End the whole group: ask, wait ``grace_s``, then kill. Returns the exit code."""
        if grace_s > 0 and self.exit_code is None:
            self.signal(signal.SIGTERM)
            deadline = time.monotonic() + grace_s
            while self.exit_code is None and time.monotonic() < deadline:
                time.sleep(0.01)
        self.signal(signal.SIGKILL)
        code = self._popen.wait()
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
        return code

    def signal(self, number: int) -> None:
        """Send a signal to the whole group, also when its leader has ended."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def start(spawn: Spawn) -> Child:
    """Start a child in a session of its own that ends when this process ends.

    Raises:
        OSError: the program cannot be started.
        SubprocessError: the kernel does not allow the confinement.
    """
    return _SPAWNER.run(lambda: _start_patiently(spawn))


def die_with_parent() -> None:
    """Called by our own children first thing: end when the parent does (Linux)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _start_patiently(spawn: Spawn) -> Child:
    """``_start``; again if another thread closed one of the low descriptors at the wrong moment."""
    for _ in range(_TRIES):
        try:
            return _start(spawn)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
    return _start(spawn)


def _start(spawn: Spawn) -> Child:
    _occupy_up_to(max(spawn.fds, default=0))
    temporary = _temporary_folder() if spawn.own_temporary else None
    env = None if spawn.env is None else dict(spawn.env)
    if temporary is not None:
        env = {**(os.environ if env is None else env), "TMPDIR": temporary}
    try:
        popen = subprocess.Popen(
            list(spawn.argv),
            cwd=spawn.cwd,
            env=env,
            stdin=spawn.stdin,
            stdout=spawn.stdout,
            stderr=spawn.stderr,
            pass_fds=tuple(spawn.fds),
            start_new_session=True,
            preexec_fn=lambda: _before_exec(spawn),  # noqa: PLW1509 - makes system calls only
        )
    except BaseException:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        raise
    return Child(popen, temporary)


def _temporary_folder() -> str | None:
    try:
        return tempfile.mkdtemp(prefix="helios-")
    except OSError:
        return None  # it may need none


def _occupy_up_to(number: int) -> None:
    """Keep low descriptor numbers in use for good.

    ``Popen`` opens a pipe of its own for errors; were it to get a number that the child wants,
    the child's ``dup2`` would cut it.
    """
    if not number:
        return
    while (descriptor := os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)) <= number:
        pass
    os.close(descriptor)


def _before_exec(spawn: Spawn) -> None:
    confine(spawn.confinement)
    if not spawn.outlives:
        die_with_parent()
    fds = spawn.fds
    # Move every source out of the way first: one may sit on another's target number.
    moved = {target: os.dup(source) for target, source in fds.items()}
    high = {}
    for target, source in moved.items():
        while source in fds:
            source = os.dup(source)  # noqa: PLW2901 - the closed ones vanish at exec
        high[target] = source
    for target, source in high.items():
        os.dup2(source, target, inheritable=True)


class _Spawner:
    """One thread that starts all children.

    PDEATHSIG fires when the *thread* that started a child ends, so children are not started
    from threads that come and go.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = 0
        self._queue: SimpleQueue[tuple[Callable[[], Child], Future[Child]]] = SimpleQueue()

    def run(self, call: Callable[[], Child]) -> Child:
        with self._lock:
            if self._pid != os.getpid():
                self._pid, self._queue = os.getpid(), SimpleQueue()
                threading.Thread(target=self._serve, name="helios-spawner", daemon=True).start()
        done: Future[Child] = Future()
        self._queue.put((call, done))
        return done.result()

    def _serve(self) -> None:
        queue = self._queue
        while True:
            call, done = queue.get()
            try:
                done.set_result(call())
            except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
                done.set_exception(error)
            # The last child must not live on, with its pipes, until the next one is wanted.
            del call, done


_SPAWNER = _Spawner()
