"""What becomes of a film when machines of a Dask or Ray cluster are killed, frozen and restarted.

    python benchmarks/farms.py [--engine dask|ray|store|link] [--only EVENT]

Each event happens once, after two chunks are finished, to a film of 24 chunks on two nodes of one
worker each (``dask worker``, ``ray start``). With ``--engine store`` the job is in a bucket (moto),
its chunks are drawn on Dask, and what happens happens to the bucket; with ``--engine link`` the
nodes are in network namespaces besides, and it happens to the network of one. Counted is from what
the composition writes down of each frame that it draws. What eats memory needs a control group that
may be made.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from scaling import HOST, inside, ip, make_network
from tests.cloud import Cloud, cloud, environment_of, nothing_fails

from helios.commit.store import open_store

FILM = """
import os, time
import numpy as np

def draw(frame, context):
    with open("TRACE", "ab", 0) as trace:
        trace.write(b"%d %d\\n" % (frame, os.getpid()))
    if os.path.exists("TRACE.poison") and frame == 90:
        os._exit(9)
    if os.path.exists("TRACE.hungry") and frame == 90:
        kept = [np.ones(1 << 24) for _ in range(1000)]
    time.sleep(0.05)
    return np.full((context.height, context.width, 3), frame, np.uint8)
"""
CHUNKS, FRAMES = 24, 96
SMALL = ["--width", "64", "--height", "64", "--frame-count", str(FRAMES), "--chunk-frames", "4"]


class Farm:
    """A scheduler and two nodes, as processes, and a render."""

    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.scheduler = self.start_scheduler()
        self.nodes = [self.start_node(), self.start_node()]
        self.render = self.start_render()

    @property
    def address(self) -> str:
        """As ``--executor`` names it."""
        return f"dask:tcp://{self.host}:{self.port}"

    def start(self, module: str, *words: str, where: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """A program of the engine."""
        return subprocess.Popen(
            [*where, sys.executable, "-m", module, *words],
            cwd=self.folder,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        words = ("--host", self.host, "--port", str(self.port), "--no-dashboard")
        return self.start("distributed.cli.dask_scheduler", *words)

    def start_node(self) -> subprocess.Popen[bytes]:
        words = (self.address.removeprefix("dask:"), "--nthreads", "1", "--no-dashboard")
        return self.start("distributed.cli.dask_worker", *words)

    def start_render(self) -> subprocess.Popen[bytes]:
        words = ["render", "film.py:draw", "-o", "film.mp4", *SMALL, "--quiet"]
        words += ["--executor", self.address, "--workers", "2"]
        # Ray ends a driver whose head is gone with all of its process group.
        return subprocess.Popen(
            [sys.executable, "-m", "helios", *words], cwd=self.folder, start_new_session=True
        )

    def worker(self, node: int) -> list[int]:
        """The process that has the errands of a node."""
        return family(self.nodes[node].pid)[1:2]

    @property
    def finished(self) -> set[int]:
        """First frames of the chunks that have a record."""
        found = set()
        for path in self.folder.rglob("*.commit.json"):
            with suppress(OSError):
                found.add(4 * int(path.name.removesuffix(".mov.commit.json").rpartition("_")[2]))
        return found


class StoreFarm(Farm):
    """Dask, and a bucket with the job."""

    def __init__(self, folder: Path, server: Cloud) -> None:
        self.server = server
        self.url = f"s3://bucket/{folder.name}"
        os.environ |= {**environment_of(server), "HELIOS_CACHE_DIR": str(folder / "cache")}
        server.fault = nothing_fails
        words = ["render", "film.py:draw", "-o", "film.mp4", *SMALL, "--emit-job", "job.json"]
        for told in (words, ["job", "emit", "job.json", "--store", self.url]):
            subprocess.run([sys.executable, "-m", "helios", *told], cwd=folder, check=True)
        super().__init__(folder)

    def start_render(self) -> subprocess.Popen[bytes]:
        words = ["job", "run", self.url, "-o", "film.mp4", "--quiet"]
        words += ["--executor", self.address, "--workers", "2"]
        return subprocess.Popen([sys.executable, "-m", "helios", *words], cwd=self.folder)

    @property
    def finished(self) -> set[int]:
        return {
            4 * int(name.removesuffix(".mov.commit.json").rpartition("_")[2])
            for name in open_store(self.url).names()
            if name.endswith(".mov.commit.json")
        }


class LinkFarm(StoreFarm):
    """Nodes that reach the scheduler and the bucket by links of their own."""

    host = HOST

    def __init__(self, folder: Path, server: Cloud) -> None:
        self.machines = itertools.count()
        for number in range(2):
            ip("link", "set", f"to-m{number}", "up")
        super().__init__(folder, server)

    def start_node(self) -> subprocess.Popen[bytes]:
        words = (self.address.removeprefix("dask:"), "--nthreads", "1", "--no-dashboard")
        where = ("nsenter", f"--net=/run/netns/m{next(self.machines)}")
        return self.start("distributed.cli.dask_worker", *words, where=where)


class RayFarm(Farm):
    """The head draws nothing."""

    @property
    def address(self) -> str:
        return f"ray:127.0.0.1:{self.port}"

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        temporary = f"--temp-dir={self.folder}/ray"
        words = ("--head", f"--port={self.port}", "--num-cpus=0", temporary)
        started = self.start(
            "ray.scripts.scripts",
            "start",
            "--block",
            "--include-dashboard=false",
            *words,
            self._small,
        )
        until = time.monotonic() + 120
        while time.monotonic() < until and not answers(self.port):
            time.sleep(0.2)
        return started

    def start_node(self) -> subprocess.Popen[bytes]:
        words = ("--block", f"--address=127.0.0.1:{self.port}", "--num-cpus=1")
        started = self.start("ray.scripts.scripts", "start", *words, self._small)
        until = time.monotonic() + 60
        while time.monotonic() < until and not any(
            b"agent" in title(pid) for pid in family(started.pid)
        ):
            time.sleep(0.2)
        return started

    def worker(self, node: int) -> list[int]:
        return [pid for pid in family(self.nodes[node].pid) if b"draw_here" in title(pid)]

    _small = "--object-store-memory=80000000"


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def title(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


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
    send(farm.worker(0), signal.SIGKILL)


def a_drawer(farm: Farm) -> None:
    """A process that draws is killed."""
    send([int((farm.folder / "trace").read_text().split()[-1])], signal.SIGKILL)


def a_node(farm: Farm) -> None:
    """A node is killed with all that it runs."""
    send(family(farm.nodes[0].pid), signal.SIGKILL)


def a_frozen_node(farm: Farm) -> None:
    """A node stops (SIGSTOP), its connections stay open."""
    send(family(farm.nodes[0].pid), signal.SIGSTOP)


def the_scheduler(farm: Farm) -> None:
    """The scheduler (Ray's head) is killed; it and the nodes are started again after a second."""
    send(family(farm.scheduler.pid), signal.SIGKILL)
    farm.scheduler.wait()
    time.sleep(1)
    for node in farm.nodes:
        send(family(node.pid), signal.SIGKILL)
    farm.scheduler = farm.start_scheduler()
    farm.nodes = [farm.start_node(), farm.start_node()]
    if isinstance(farm, RayFarm) and farm.render.wait(300) != 0:
        farm.render = farm.start_render()  # it cannot come to another head, and ends


def the_render(farm: Farm) -> None:
    """``helios render`` is killed and given again."""
    send([farm.render.pid], signal.SIGKILL)
    farm.render.wait()
    farm.render = farm.start_render()


def a_chunk(farm: Farm) -> None:
    """A chunk kills its process each time; the command is given again when the cause is mended."""
    _until_it_fails(farm, "poison")


def a_hungry_chunk(farm: Farm) -> None:
    """A chunk takes all memory that its node has; given again when the cause is mended."""
    group = Path("/sys/fs/cgroup/memory") / farm.folder.name
    group.mkdir()
    try:
        (group / "memory.limit_in_bytes").write_text(str(2 << 30))
        for node in farm.nodes:
            for pid in family(node.pid):
                (group / "cgroup.procs").write_text(str(pid))
        _until_it_fails(farm, "hungry")
    finally:
        for pid in (group / "cgroup.procs").read_text().split():
            (group.parent / "cgroup.procs").write_text(pid)
        group.rmdir()


def _until_it_fails(farm: Farm, cause: str) -> None:
    (farm.folder / f"trace.{cause}").touch()
    assert farm.render.wait(300) != 0
    (farm.folder / f"trace.{cause}").unlink()
    farm.render = farm.start_render()


def nothing(_farm: Farm) -> None:
    """Nothing happens."""


def every_tenth_call(farm: Farm) -> None:
    """Every tenth call of the store fails, or succeeds and its answer is lost."""
    faults = ("500", "lost", "503 SlowDown")
    _store_of(farm).fault = lambda number, *_: faults[number // 10 % 3] if not number % 10 else ""


def a_slow_store(farm: Farm) -> None:
    """Each call of the store takes half a second longer."""

    def slow(*_: object) -> str:
        time.sleep(0.5)
        return ""

    _store_of(farm).fault = slow


def a_lost_connection(farm: Farm) -> None:
    """The store's connections break, for 15 seconds."""
    _store_of(farm).fault = lambda *_: "cut"
    time.sleep(15)
    _store_of(farm).fault = nothing_fails


def a_lost_store(farm: Farm) -> None:
    """The store's connections break, until the command ends; it is given again."""
    _until_it_ends(farm, lambda *_: "cut")


def a_full_store(farm: Farm) -> None:
    """The store is full, until the command ends; it is given again."""
    _until_it_ends(farm, lambda _, method, __: "507 XMinioStorageFull" if method == "PUT" else "")


def other_credentials(farm: Farm) -> None:
    """The store takes the credentials no more, until the command ends; it is given again."""
    _until_it_ends(farm, lambda *_: "403 InvalidAccessKeyId")


def a_vanished_link(_farm: Farm) -> None:
    """The link of a machine is down, nothing is closed, and it stays so."""
    ip("link", "set", "to-m0", "down")


def a_link_that_returns(_farm: Farm) -> None:
    """The link of a machine is down for 20 seconds."""
    ip("link", "set", "to-m0", "down")
    time.sleep(20)
    ip("link", "set", "to-m0", "up")


def _until_it_ends(farm: Farm, fault: Callable[[int, str, str], str]) -> None:
    server = _store_of(farm)
    server.fault = fault
    assert farm.render.wait(300) != 0
    server.fault = nothing_fails
    farm.render = farm.start_render()


def _store_of(farm: Farm) -> Cloud:
    assert isinstance(farm, StoreFarm)
    return farm.server


OF_STORES: tuple[Callable[[Farm], None], ...] = (
    nothing,
    every_tenth_call,
    a_slow_store,
    a_lost_connection,
    a_lost_store,
    a_full_store,
    other_credentials,
    a_node,
)
OF_LINKS: tuple[Callable[[Farm], None], ...] = (nothing, a_vanished_link, a_link_that_returns)
EVENTS: tuple[Callable[[Farm], None], ...] = (
    nothing,
    a_worker,
    a_drawer,
    a_node,
    a_frozen_node,
    the_scheduler,
    the_render,
    a_chunk,
    a_hungry_chunk,
)
FARMS: dict[str, tuple[Callable[..., Farm], tuple[Callable[[Farm], None], ...]]] = {
    "dask": (Farm, EVENTS),
    "ray": (RayFarm, EVENTS),
    "store": (StoreFarm, OF_STORES),
    "link": (LinkFarm, OF_LINKS),
}


def tried(
    event: Callable[[Farm], None], expected: bytes | None, make: Callable[..., Farm], *served: Any
) -> bytes:
    """Let it happen, and say what came of it; gives the film."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="farm-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "film.py").write_text(FILM.replace("TRACE", str(folder / "trace")))
        started = time.monotonic()
        farm = make(folder, *served)

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
    reader.add_argument("--engine", default="dask", choices=FARMS)
    reader.add_argument("--only", default="")
    asked = reader.parse_args()
    only = asked.only
    print(
        "| what happens | exit code | time | frames drawn | of finished chunks again | "
        "of others again | orphans | same film |"
    )
    print("|---|---|---|---|---|---|---|---|")
    # Ray takes a token that it finds for its cluster, and not for who connects to it.
    os.environ |= {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
    expected = None
    make, events = FARMS[asked.engine]
    served: list[Cloud] = []
    with ExitStack() as stack:
        if asked.engine == "link":
            inside()
            make_network()
            served = [stack.enter_context(cloud(HOST))]
        elif asked.engine == "store":
            served = [stack.enter_context(cloud())]
        for event in events:
            if not only or event.__name__ in only.split(","):
                film = tried(event, expected, make, *served)
                expected = expected or film


if __name__ == "__main__":
    main()
