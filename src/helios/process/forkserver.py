"""Further workers in milliseconds: a process that has loaded everything forks one on request.

A worker that starts from nothing loads for half a second of processor time; sixteen of them keep
a small machine busy longer than a short film takes. The fork server loads once, stays single
threaded, so that forking is safe, and forks a copy of itself for every worker.

``python -m helios.process.forkserver MODULE`` imports ``MODULE`` and calls its
``load_for_forks()``, then serves requests on the
socket that is its standard input: each comes with three descriptors (input, output and errors of
the new worker), is answered with its process id, and its end is told later as ``[pid, code]``.
The worker runs ``MODULE.forked()`` in a session of its own and ends with the fork server, which
ends with its holder.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from typing import IO

from helios.process.child import GRACE_S, Child, Spawn, die_with_parent, python_argv, start

_MESSAGE_BYTES = 65536


class ForkedChild:
    """A worker that a fork server has forked; used like ``Child``."""

    def __init__(self, pid: int, server: ForkServer, pipes: tuple[IO[bytes], ...]) -> None:
        self._pid = pid
        self._server = server
        self._code: int | None = None
        self._ended = threading.Event()
        self.stdin, self.stdout, self.stderr = pipes

    @property
    def pid(self) -> int:
        """Process id; also the id of its group."""
        return self._pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._code

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait for the end; None if it still runs after ``timeout_s``."""
        self._ended.wait(timeout_s)
        return self._code

    def stop(self, grace_s: float = GRACE_S) -> int:
        """End the whole group: ask, wait ``grace_s``, then kill. Returns the exit code."""
        if grace_s > 0 and self._code is None:
            self.signal(signal.SIGTERM)
            self._ended.wait(grace_s)
        self.signal(signal.SIGKILL)
        self._ended.wait()
        for stream in (self.stdin, self.stdout, self.stderr):
            with contextlib.suppress(OSError):
                stream.close()
        return self._code or 0

    def signal(self, number: int) -> None:
        """Send a signal to the whole group, also when its leader has ended."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            try:
                os.killpg(self._pid, number)
            except ProcessLookupError:
                # A child that was just forked is in its server's group still.
                if self._code is None:
                    os.kill(self._pid, number)

    def ended(self, code: int) -> None:
        """Told by the fork server."""
        self._code = code
        self._ended.set()


class ForkServer:
    """Starts the fork server and asks it for workers. Thread-safe.

    Args:
        module: what workers run; it has the functions ``load_for_forks()`` and
            ``forked() -> int``.
        env: the environment of the fork server and its workers.
    """

    def __init__(self, module: str, env: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = ours
        with theirs:
            self._child: Child = start(
                Spawn(
                    argv=python_argv("helios.process.forkserver", module),
                    env=env,
                    stdin=theirs.fileno(),
                )
            )
        self._asking = threading.Lock()
        self._pids: list[int] = []
        self._answered = threading.Condition()
        self._is_gone = False
        self._running: dict[int, ForkedChild] = {}
        self._early_ends: dict[int, int] = {}
        threading.Thread(target=self._listen, name="helios-forkserver", daemon=True).start()

    def fork(self) -> ForkedChild:
        """A new worker, with pipes to its standard streams.

        Raises:
            OSError: the fork server has ended, or cannot fork.
        """
        if self._is_gone or self._socket.fileno() < 0:
            raise OSError("the fork server has ended")
        input_end, our_input = os.pipe()
        our_output, output_end = os.pipe()
        our_errors, errors_end = os.pipe()
        theirs = [input_end, output_end, errors_end]
        try:
            with self._asking:
                socket.send_fds(self._socket, [b"fork"], theirs)
                pid = self._next_pid()
        except OSError:
            for descriptor in (our_input, our_output, our_errors):
                os.close(descriptor)
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        pipes = (
            os.fdopen(our_input, "wb"),
            os.fdopen(our_output, "rb"),
            os.fdopen(our_errors, "rb"),
        )
        child = ForkedChild(pid, self, pipes)
        with self._answered:
            self._running[pid] = child
            code = self._early_ends.pop(pid, None)
        if code is not None:
            child.ended(code)
        return child

    def close(self) -> None:
        """End the fork server, and with it every worker that still runs."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._child.stop(grace_s=0)

    def _next_pid(self) -> int:
        with self._answered:
            self._answered.wait_for(lambda: self._pids or self._is_gone)
            if not self._pids:
                raise OSError("the fork server has ended")
            return self._pids.pop()

    def _listen(self) -> None:
        while True:
            try:
                message = self._socket.recv(_MESSAGE_BYTES)
            except OSError:
                message = b""
            if not message:
                break
            pid, code = json.loads(message)
            with self._answered:
                if code is None:
                    self._pids.append(pid)
                    self._answered.notify_all()
                elif pid in self._running:
                    self._running.pop(pid).ended(code)
                else:
                    self._early_ends[pid] = code
        self._socket.close()
        with self._answered:
            self._is_gone = True
            self._answered.notify_all()
            orphans = list(self._running.values())
            self._running.clear()
        for orphan in orphans:
            # They end with the server: the kernel kills them (PR_SET_PDEATHSIG).
            orphan.signal(signal.SIGKILL)
            orphan.ended(-signal.SIGKILL)


def serve(holder: socket.socket, run: Callable[[], int]) -> None:
    """Fork on request until the holder's end of the socket is closed."""
    gc.freeze()  # what is loaded stays shared between the workers
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    with selectors.DefaultSelector() as selector:
        selector.register(holder, selectors.EVENT_READ)
        selector.register(wake_read, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == wake_read:
                    os.read(wake_read, _MESSAGE_BYTES)
                    _tell_ends(holder)
                    continue
                message, fds, _, _ = socket.recv_fds(holder, _MESSAGE_BYTES, 3)
                if not message:
                    return
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for descriptor in (wake_read, wake_write):
                        os.close(descriptor)
                    holder.close()
                    _become_worker(fds, run)
                for descriptor in fds:
                    os.close(descriptor)
                holder.send(json.dumps([pid, None]).encode())


def _tell_ends(holder: socket.socket) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            holder.send(json.dumps([pid, os.waitstatus_to_exitcode(status)]).encode())


def _become_worker(fds: list[int], run: Callable[[], int]) -> None:
    code = 1
    try:
        os.setsid()
        die_with_parent()
        for target, source in enumerate(fds):
            os.dup2(source, target, inheritable=True)
        for source in fds:
            if source > 2:
                os.close(source)
        code = run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - a copy of the server must never serve in its place
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def main() -> int:
    """Serve the holder of the socket at standard input."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    holder = socket.socket(fileno=os.dup(0))
    devnull = os.open(os.devnull, os.O_RDONLY)
    os.dup2(devnull, 0)
    module = importlib.import_module(sys.argv[1])
    module.load_for_forks()
    serve(holder, module.forked)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
