"""Children end with us, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from tests.busy import BUSY
from tests.commandline import ended_with_block

from helios.errors import Cancelled, EnvironmentProblem
from helios.process.child import PIPE, Spawn, start
from helios.process.command import run_command


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def wait_until_gone(pid: int, seconds: float = 3.0) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(pid)


def test_stopping_ends_the_whole_group() -> None:
    child = start(Spawn(argv=["/bin/sh", "-c", "sleep 100 & echo $!; wait"], stdout=PIPE))
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    child.stop()
    assert wait_until_gone(grandchild)
    assert child.exit_code is not None


def test_a_child_that_ignores_sigterm_is_killed() -> None:
    child = start(
        Spawn(
            argv=["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"],
            stdout=PIPE,
        )
    )
    assert child.stdout is not None
    child.stdout.readline()
    assert child.stop(grace_s=0.2) == -signal.SIGKILL


def test_temporary_files_of_a_child_go_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    words = ["/bin/sh", "-c", "touch $TMPDIR/left; echo $TMPDIR; while :; do sleep 1; done"]
    child = start(Spawn(argv=words, stdout=PIPE, own_temporary=True))
    assert child.stdout is not None
    assert (Path(child.stdout.readline().decode().strip()) / "left").exists()
    child.stop(grace_s=0)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="nowhere"):
        start(Spawn(argv=["/nowhere"], own_temporary=True))
    assert list(tmp_path.iterdir()) == []


def test_a_child_may_end_in_order() -> None:
    child = start(
        Spawn(
            argv=["/bin/sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done"],
            stdout=PIPE,
            stderr=PIPE,
        )
    )
    child_is_ready = child.stdout.readline()  # type: ignore[union-attr]
    assert child_is_ready
    assert child.stop(grace_s=10) == 5


def test_descriptors_arrive_under_the_numbers_asked_for() -> None:
    read_end, write_end = os.pipe()
    other_read, other_write = os.pipe()
    os.write(other_write, b"in\n")
    child = start(
        Spawn(argv=["/bin/sh", "-c", "read x <&3; echo $x >&4"], fds={3: other_read, 4: write_end})
    )
    assert child.wait(60) == 0
    assert os.read(read_end, 10) == b"in\n"
    for descriptor in (read_end, write_end, other_read, other_write):
        os.close(descriptor)


def test_descriptors_arrive_also_in_a_process_that_has_none_open() -> None:
    code = (
        "from helios.process.child import *; import os\n"
        "os.closerange(3, 50)\n"
        "r, w = os.pipe()\n"
        "child = start(Spawn(argv=['/bin/sh', '-c', 'echo yes >&4'], fds={3: r, 4: w}))\n"
        "assert child.wait(60) == 0; print(os.read(r, 9))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.stdout == b"b'yes\\n'\n", done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_children_die_when_the_holder_is_killed() -> None:
    code = (
        "from helios.process.child import *; import threading, time\n"
        "def go():\n"
        "    print(start(Spawn(argv=['/bin/sleep', '100'])).pid, flush=True)\n"
        "t = threading.Thread(target=go); t.start(); t.join(); time.sleep(100)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with ended_with_block(holder):
        pid = int(holder.stdout.readline())
        time.sleep(0.1)
        assert is_running(pid)  # it outlives the thread that asked for it
    assert wait_until_gone(pid)


def test_a_command_reports_its_code_and_last_lines(tmp_path: Path) -> None:
    argv = ["/bin/sh", "-c", "pwd; echo oops >&2; exit 3"]
    code, lines = run_command(argv, cwd=tmp_path, cancel=threading.Event())
    assert code == 3
    assert lines == (str(tmp_path), "oops")


def test_of_a_chatty_command_only_the_last_lines_are_kept(tmp_path: Path) -> None:
    argv = ["/bin/sh", "-c", "seq 1000"]
    code, lines = run_command(argv, cwd=tmp_path, cancel=threading.Event())
    assert code == 0
    assert lines == tuple(map(str, range(961, 1001)))


def test_a_cancelled_command_is_gone_within_a_second(tmp_path: Path) -> None:
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        run_command(["/bin/sleep", "60"], cwd=tmp_path, cancel=cancel)
    assert time.monotonic() - started < 1.2 * BUSY


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="no-such-program"):
        run_command(["no-such-program"], cwd=tmp_path, cancel=threading.Event())
