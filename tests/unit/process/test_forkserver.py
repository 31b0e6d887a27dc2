"""Workers forked from a process that has loaded everything."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helios.process.forkserver import ForkedChild, ForkServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")

MODULE = """
import os, sys
LOADED = []
def load_for_forks():
    LOADED.append(os.getpid())
def forked():
    for line in sys.stdin.buffer:
        if line == b"die\\n":
            os.kill(os.getpid(), 9)
        if line == b"raise\\n":
            raise RuntimeError("broken")
        print(os.getpid(), LOADED[0], line.decode().strip(), flush=True)
    return 7
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ForkServer]:
    (tmp_path / "echo_worker.py").write_text(MODULE)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    server = ForkServer("echo_worker", {**os.environ, "PYTHONPATH": path})
    forked: list[ForkedChild] = []
    fork = server.fork
    server.fork = lambda: forked.append(child := fork()) or child  # type: ignore[method-assign]
    yield server
    server.close()
    for child in forked:
        child.stop()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_workers_are_copies_with_streams_of_their_own(server: ForkServer) -> None:
    workers = [server.fork() for _ in range(4)]
    for number, worker in enumerate(workers):
        worker.stdin.write(f"{number}\n".encode())
        worker.stdin.flush()
    answers = [worker.stdout.readline().split() for worker in workers]
    assert [int(answer[0]) for answer in answers] == [worker.pid for worker in workers]
    assert [int(answer[2]) for answer in answers] == [0, 1, 2, 3]
    assert len({answer[1] for answer in answers}) == 1, "all loaded once, by the server"
    for worker in workers:
        assert worker.exit_code is None
        worker.stdin.close()
    assert [worker.wait(60) for worker in workers] == [7] * 4


@pytest.mark.parametrize(("word", "code"), [(b"die\n", -9), (b"raise\n", 1)])
def test_how_a_worker_ended_is_known(server: ForkServer, word: bytes, code: int) -> None:
    worker, other = server.fork(), server.fork()
    worker.stdin.write(word)
    worker.stdin.flush()
    assert worker.wait(60) == code
    if code == 1:
        assert b"RuntimeError: broken" in worker.stderr.read()
    other.stdin.write(b"still here\n")
    other.stdin.flush()
    assert other.stdout.readline().endswith(b"still here\n")


def test_stop_ends_a_worker(server: ForkServer) -> None:
    worker = server.fork()
    assert worker.stop() in (-signal.SIGTERM, -signal.SIGKILL)
    assert not is_running(worker.pid)


def test_stop_ends_a_worker_that_has_no_group_of_its_own_yet(
    tmp_path: Path,
) -> None:
    slow = "import os, time\nown = os.setsid\nos.setsid = lambda: (time.sleep(60), own())\n"
    (tmp_path / "slow_worker.py").write_text(slow + MODULE)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    late = ForkServer("slow_worker", {**os.environ, "PYTHONPATH": path})
    worker = late.fork()
    stopping = threading.Thread(target=worker.stop, args=(0.1,), daemon=True)
    stopping.start()
    stopping.join(20)
    has_stopped = not stopping.is_alive()
    late.close()
    assert has_stopped
    assert worker.exit_code in (-signal.SIGTERM, -signal.SIGKILL)


def test_workers_end_with_their_server(server: ForkServer) -> None:
    worker = server.fork()
    server.close()
    assert worker.wait(60) == -signal.SIGKILL
    deadline = time.monotonic() + 60
    while is_running(worker.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(worker.pid)
    with pytest.raises(OSError, match="fork server"):
        server.fork()


def test_a_worker_that_ends_at_once_is_known_to_have_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end may be told before we have taken note of its number."""
    code = "def load_for_forks(): pass\ndef forked(): return 3\n"
    (tmp_path / "short_worker.py").write_text(code)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    server = ForkServer("short_worker", {**os.environ, "PYTHONPATH": path})
    next_pid = server._next_pid

    def late() -> int:
        pid = next_pid()
        deadline = time.monotonic() + 60
        while not server._early_ends and time.monotonic() < deadline:
            time.sleep(0.01)
        return pid

    monkeypatch.setattr(server, "_next_pid", late)
    worker = server.fork()
    assert worker.wait(60) == 3
    worker.stop()
    server.close()
