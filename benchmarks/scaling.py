"""One, two and four machines that share nothing but a network: how much faster, what was foretold.

    python benchmarks/scaling.py [--frames 240] [--wait 0.4]
    python benchmarks/scaling.py --frames 96 --wait 0.1 --bundle 200

Each machine is a network namespace with a ``dask worker``, a folder and a cache of its own; the
film's job is in a bucket (moto), and its composition waits instead of working, so that cores do not
limit. What ``helios plan --simulate`` foretells is compared with what it took. With ``--bundle`` a
file of so many megabytes lies beside the composition and four machines draw; counted is what each
got from the network, and the memory of the largest process. Needs ``unshare``, ``nsenter`` and
``ip``, and root only where the kernel gives users no namespaces.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Self
from urllib.request import Request, urlopen

from distributed import Client

FILM = """
import time
import numpy as np

def draw(frame, context):
    time.sleep(WAIT)
    return np.full((context.height, context.width, 3), frame % 256, np.uint8)
"""
HOST, NETWORK = "10.77.0.1", "10.77.0"
SCHEDULER, BUCKET = f"tcp://{HOST}:8786", f"http://{HOST}:5000"
MACHINES = (1, 2, 4)
_INSIDE = "HELIOS_SCALING_INSIDE"
SMALL = ["--width", "64", "--height", "64"]


def inside() -> None:
    """Go on in namespaces of our own, in which this machine's network is not touched."""
    if os.environ.get(_INSIDE):
        return
    users = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    words = ["unshare", *users, "--net", "--mount", sys.executable, *sys.argv]
    os.execvpe(words[0], words, {**os.environ, _INSIDE: "1"})


def ip(*words: str) -> None:
    """Change the network."""
    subprocess.run(["ip", *words], check=True)


def make_network() -> None:
    """A bridge, and a namespace for each machine at it."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    ip("link", "set", "lo", "up")
    ip("link", "add", "farm", "type", "bridge")
    ip("addr", "add", f"{HOST}/24", "dev", "farm")
    ip("link", "set", "farm", "up")
    for number in range(max(MACHINES)):
        name = f"m{number}"
        ip("netns", "add", name)
        ip("link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", f"to-{name}", "master", "farm", "up")
        ip("-n", name, "addr", "add", f"{NETWORK}.{number + 2}/24", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        ip("-n", name, "link", "set", "lo", "up")


@contextmanager
def running(words: list[str], folder: Path, cache: Path) -> Iterator[None]:
    """A process of the farm."""
    environment = {**os.environ, "HELIOS_CACHE_DIR": str(cache)}
    with (folder / f"{cache.name}.log").open("ab") as log:
        process = subprocess.Popen(words, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait()


@contextmanager
def farm(machines: int, folder: Path) -> Iterator[None]:
    """A scheduler and its workers, each where it sees no other's folder by name."""
    dask = [sys.executable, "-m", "distributed.cli."]
    words = [*dask[:2], f"{dask[2]}dask_scheduler", "--host", HOST, "--port", "8786"]
    with ExitStack() as stack:
        stack.enter_context(running([*words, "--no-dashboard"], folder, folder / "scheduler"))
        for number in range(machines):
            home = folder / f"machine-{machines}-{number}"
            home.mkdir()
            words = ["nsenter", f"--net=/run/netns/m{number}", *dask[:2], f"{dask[2]}dask_worker"]
            words += [SCHEDULER, "--nthreads", "1", "--no-dashboard"]
            stack.enter_context(running(words, home, home / "cache"))
        with Client(SCHEDULER, timeout="60s") as client:
            client.wait_for_workers(machines, timeout=120)
        yield


def received(machine: int) -> int:
    """Bytes that the network has brought to a machine."""
    words = ["ip", "-s", "-j", "link", "show", f"to-m{machine}"]
    (link,) = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
    return int(link["stats64"]["tx"]["bytes"])


class LargestProcess:
    """Looks again and again for the process of a folder that has most memory."""

    def __init__(self, folder: Path) -> None:
        self.bytes = 0
        self._folder = str(folder)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.3):
            for entry in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    if str((entry / "cwd").readlink()).startswith(self._folder):
                        pages = int((entry / "statm").read_text().split()[1])
                        self.bytes = max(self.bytes, pages * os.sysconf("SC_PAGE_SIZE"))


def helios(folder: Path, *words: str) -> str:
    """Run the command line; what it said."""
    command = [sys.executable, "-m", "helios", *words]
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    """Print a table."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--frames", type=int, default=240)
    reader.add_argument("--wait", type=float, default=0.4, help="seconds for a frame")
    reader.add_argument("--bundle", type=int, default=0, help="megabytes; count what is sent")
    asked = reader.parse_args()
    inside()
    make_network()
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(HOST, 5000, verbose=False)
    server.start()
    os.environ |= {
        "AWS_ENDPOINT_URL": BUCKET,
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
    with urlopen(Request(f"{BUCKET}/bucket", method="PUT")):
        pass
    film = ["film.py:draw", *SMALL, "--frame-count", str(asked.frames)]
    with tempfile.TemporaryDirectory(prefix="scaling-") as place:
        folder = Path(place)
        (folder / "film.py").write_text(FILM.replace("WAIT", str(asked.wait)))
        os.environ["HELIOS_CACHE_DIR"] = str(folder / "cache")
        if asked.bundle:
            count_what_is_sent(folder, film, asked.bundle)
            server.stop()
            return
        words = ["plan", *film, "--simulate", f"machines=1..{max(MACHINES)}", "--link", "1000"]
        told = map(json.loads, helios(folder, *words, "--json").splitlines())
        foretold = {each["machines"]: each for each in told if each["event"] == "estimate"}
        print("| machines | took | faster | foretold | off by |\n|---|---|---|---|---|", flush=True)
        alone_s = 0.0
        for machines in MACHINES:
            estimate = foretold[machines]
            size, store = str(estimate["chunkFrames"]), f"s3://bucket/{machines}"
            words = ["render", *film, "-o", "film.mp4", "--chunk-frames", size]
            helios(folder, *words, "--emit-job", "job.json")
            helios(folder, "job", "emit", "job.json", "--store", store)
            with farm(machines, folder):
                began = time.monotonic()
                words = ["job", "run", store, "--quiet", "--executor", f"dask:{SCHEDULER}"]
                helios(folder, *words, "-o", f"film-{machines}.mp4")
                took_s = time.monotonic() - began
            alone_s = alone_s or took_s
            off = estimate["seconds"] / took_s - 1
            print(
                f"| {machines} | {took_s:.1f} s | {alone_s / took_s:.2f} | "
                f"{estimate['seconds']:.1f} s | {off:+.0%} |",
                flush=True,
            )
    server.stop()


def count_what_is_sent(folder: Path, film: list[str], megabytes: int) -> None:
    """Print what each of four machines gets of a film that has a large file beside it."""
    with (folder / "large.bin").open("wb") as large:
        for _ in range(megabytes):
            large.write(os.urandom(1_000_000))
    helios(folder, "render", *film, "-o", "film.mp4", "--chunk-frames", "6", "--emit-job", "j.json")
    helios(folder, "job", "emit", "j.json", "--store", "s3://bucket/large")
    machines = max(MACHINES)
    with farm(machines, folder), LargestProcess(folder) as largest:
        before = [received(machine) for machine in range(machines)]
        words = ["job", "run", "s3://bucket/large", "--quiet", "--executor", f"dask:{SCHEDULER}"]
        helios(folder, *words, "--max-hours", "1", "-o", "got.mp4")  # chunk after chunk
        sent = [received(machine) - old for machine, old in enumerate(before)]
    print("| machine | received |\n|---|---|")
    for machine, count in enumerate(sent):
        print(f"| {machine} | {count / 1e6:.1f} MB |")
    print(f"the largest process took {largest.bytes / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
