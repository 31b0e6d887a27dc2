"""Renderers that stay between commands, each with its browser and what it has loaded.

They are children of one process (``tests.ready``) and drawn with by its forks, one command at a
time, as ``helios batch`` draws film after film with the same. Whatever goes wrong in a command ends
the renderer that it used, and the next command has a new one. They stand in another folder than
the command, and have loaded the modules of what they drew before: a test that is about either runs
``tests.commandline.helios``.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from helios.executors import pool, spawn, worker
from helios.process.child import GRACE_S, Child
from helios.process.forkserver import ForkedChild, ForkServer

COUNT = 2
"""What draws a film at once on two cores."""
_HELD = "PYTEST_CURRENT_TEST"
"""What differs in the environment of every test, and nobody who draws reads."""


@dataclass(frozen=True)
class Renderer:
    """A renderer that stays, and what its environment was."""

    child: Child
    environment: dict[str, str]

    def fits(self, environment: dict[str, str]) -> bool:
        """Whether it lives, and a renderer that is started now would be as it is."""
        return _lives(self.child.pid) and self.environment == _own(environment)


class Lent:
    """A renderer as a command sees it, in a fork of the process that it is a child of."""

    def __init__(self, child: Child) -> None:
        self.pid = child.pid
        self.stdin, self.stdout, self.stderr = (
            _copy(stream, mode)
            for stream, mode in ((child.stdin, "wb"), (child.stdout, "rb"), (child.stderr, "rb"))
        )

    @property
    def exit_code(self) -> int | None:
        """None while it runs. Only its parent is told how it ended."""
        return None if _lives(self.pid) else -signal.SIGKILL

    def wait(self, timeout_s: float | None = None) -> int:
        """It ends when its parent does; for the command that is now."""
        return 0

    def stop(self, grace_s: float = 0) -> int:
        """With a grace, whatever it does is to end."""
        if grace_s:
            self.signal(signal.SIGKILL)
        return 0

    def signal(self, number: int) -> None:
        """Send a signal to its group. Who is killed has ended when this returns: while it was still
        dying, the next command would take it for one that draws."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)
        while number == signal.SIGKILL and self.exit_code is None:
            time.sleep(0.001)


def stay(renderers: list[Renderer], environment: dict[str, str]) -> None:
    """See to it that there are renderers for a command of this environment."""
    unfit = [each for each in renderers if not each.fits(environment)]
    renderers[:] = [each for each in renderers if each not in unfit]
    end(unfit)
    kept = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(environment)
        while len(renderers) < COUNT:
            renderers.append(Renderer(spawn.start_child("draw"), _own(environment)))
    finally:
        os.environ.clear()
        os.environ.update(kept)


def end(renderers: list[Renderer]) -> None:
    """End them all."""
    for renderer in renderers:
        renderer.child.stop(0.0 if renderer.child.exit_code is not None else GRACE_S)
    renderers.clear()


def draw_with(renderers: list[Renderer]) -> None:
    """Have the films of this process, a fork, drawn by these; by others where these are not enough.

    Each is lent once: who heard it the first time listens still.
    """
    from helios.cli import main

    main.start_ahead = lambda **_: None  # type: ignore[assignment]
    free = [Lent(renderer.child) for renderer in renderers]

    class Server:
        def __init__(self) -> None:
            self._others: ForkServer | None = None

        def fork(self) -> Lent | ForkedChild:
            if free:
                return free.pop(0)
            self._others = self._others or spawn.take_fork_server()
            assert self._others is not None
            return self._others.fork()

        def close(self) -> None:
            if self._others is not None:
                self._others.close()

    pool.take_fork_server = Server  # type: ignore[attr-defined]
    worker.take_child = lambda: free.pop(0) if free else spawn.take_child()  # type: ignore[attr-defined]


def _lives(process: int) -> bool:
    """False once it is a zombie; its parent is told of that later, when all threads have died."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _own(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name != _HELD}


def _copy(stream: IO[bytes] | None, mode: str) -> IO[bytes]:
    assert stream is not None
    return os.fdopen(os.dup(stream.fileno()), mode)
