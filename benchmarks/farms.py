"""What becomes of a film when machines of a Dask cluster are killed, frozen and restarted.

    python benchmarks/farms.py [--only EVENT]

Each event happens once, after two chunks are finished, to a film of 24 chunks on two nodes, each a
nanny and a worker of their own (``dask worker``). Counted is from what the composition writes down
of each frame that it draws.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

FILM = """
import os, time
import numpy as np

def draw(frame, context):
    with open("TRACE", "ab", 0) as trace:
        trace.write(b"%d %d\\n" % (frame, os.getpid()))
    if os.path.exists("TRACE.poison") and frame == 90:
        os._exit(9)
    time.sleep(0.05)
    return np.full((context.height, context.width, 3), frame, np.uint8)
"""
CHUNKS, FRAMES = 24, 96
SMALL = ["--width", "64", "--height", "64", "--frame-count", str(FRAMES), "--chunk-frames", "4"]


class Farm:
    """A scheduler and two nodes, as processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler = self.start_scheduler()
        self.nodes = [self.start_node(), self.start_node()]
        self.render = self.start_render()

    def _dask(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
            cwd=self.folder,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        words = ("--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        return self._dask("dask_scheduler", *words)

    def start_node(self) -> subprocess.Popen[bytes]:
        return self._dask("dask_worker", self.address, "--nthreads", "1", "--no-dashboard")

    def start_render(self) -> subprocess.Popen[bytes]:
        words = ["render", "film.py:draw", "-o", "film.mp4", *SMALL, "--quiet"]
        words += ["--executor", f"dask:{self.address}", "--workers", "2"]
        return subprocess.Popen([sys.executable, "-m", "helios", *words], cwd=self.folder)

    @property
    def finished(self) -> set[int]:
        """First frames of the chunks that have a record."""
        found = set()
        for path in self.folder.rglob("*.commit.json"):
            with suppress(OSError):
                found.add(4 * int(path.name.removesuffix(".mov.commit.json").rpartition("_")[2]))
        return found


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    found = [pid]
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                found += family(int(entry.parent.name))
    return found


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def send(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def a_worker(farm: Farm) -> None:
    """A worker is killed; its nanny starts another."""
    send(family(farm.nodes[0].pid)[1:2], signal.SIGKILL)


def a_node(farm: Farm) -> None:
    """A node is killed with all that it runs."""
    send(family(farm.nodes[0].pid), signal.SIGKILL)


def a_frozen_node(farm: Farm) -> None:
    """A node stops (SIGSTOP), its connections stay open."""
    send(family(farm.nodes[0].pid), signal.SIGSTOP)


def the_scheduler(farm: Farm) -> None:
    """The scheduler is killed; its supervisor starts it and the nodes again after a second."""
    send([farm.scheduler.pid], signal.SIGKILL)
    farm.scheduler.wait()
    time.sleep(1)
    farm.scheduler = farm.start_scheduler()
    for node in farm.nodes:
        send(family(node.pid), signal.SIGKILL)
    farm.nodes = [farm.start_node(), farm.start_node()]


def the_render(farm: Farm) -> None:
    """``helios render`` is killed and given again."""
    send([farm.render.pid], signal.SIGKILL)
    farm.render.wait()
    farm.render = farm.start_render()


def a_chunk(farm: Farm) -> None:
    """A chunk kills its process each time; the command is given again when the cause is mended."""
    (farm.folder / "trace.poison").touch()
    assert farm.render.wait(300) != 0
    (farm.folder / "trace.poison").unlink()
    farm.render = farm.start_render()


def nothing(_farm: Farm) -> None:
    """Nothing happens."""


EVENTS: tuple[Callable[[Farm], None], ...] = (
    nothing,
    a_worker,
    a_node,
    a_frozen_node,
    the_scheduler,
    the_render,
    a_chunk,
)


def tried(event: Callable[[Farm], None], expected: bytes | None) -> bytes:
    """Let it happen, and say what came of it; gives the film."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="farm-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "film.py").write_text(FILM.replace("TRACE", str(folder / "trace")))
        started = time.monotonic()
        farm = Farm(folder)

        def end() -> None:
            for process in (*farm.nodes, farm.scheduler, farm.render):
                send(family(process.pid), signal.SIGKILL)
                process.wait()

        stack.callback(end)
        while len(farm.finished) < 2 and farm.render.poll() is None:
            time.sleep(0.02)
        kept = farm.finished
        event(farm)
        code = farm.render.wait(600)
        seconds = time.monotonic() - started
        lines = (folder / "trace").read_text().splitlines()
        times = Counter(int(line.split()[0]) for line in lines)
        again = sum(times[frame] > 1 for start in kept for frame in range(start, start + 4))
        twice = sum(count - 1 for count in times.values())
        film = (folder / "film.mp4").read_bytes() if code == 0 else b""
        end()
        drawers = {int(line.split()[1]) for line in lines}
        time.sleep(1)
        orphans = sum(is_alive(pid) for pid in drawers)
        same = "" if expected is None else ("yes" if film == expected else "NO")
        print(
            f"| {event.__doc__} | {code} | {seconds:.0f} s | {len(set(times))} of {FRAMES} | "
            f"{again} | {twice} | {orphans} | {same} |",
            flush=True,
        )
        return film


def main() -> None:
    """Print a table."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--only", default="")
    only = reader.parse_args().only
    print(
        "| what happens | exit code | time | frames drawn | of finished chunks again | "
        "of others again | orphans | same film |"
    )
    print("|---|---|---|---|---|---|---|---|")
    expected = None
    for event in EVENTS:
        if not only or event.__name__ == only:
            film = tried(event, expected)
            expected = expected or film


if __name__ == "__main__":
    main()
