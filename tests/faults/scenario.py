"""A server or watch folder to be broken: its processes, films, and what is finished."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from helios.errors import HeliosError
from helios.queue.job import RenderJob
from helios.server.client import HeliosClient

FILM = """
import os, time
import numpy as np

def draw(frame, context):
    p = context.props
    with open(p["trace"], "ab", 0) as trace:
        trace.write(f"{p['name']} {frame} {os.getpid()}\\n".encode())
    time.sleep(p.get("sleep", 0))
    once = p.get("once")
    if frame == p.get("die_at") and not (once and os.path.exists(once)):
        if once:
            open(once, "w").close()
        os._exit(9)
    if frame == p.get("hang_at"):
        time.sleep(3600)
    return np.full((context.height, context.width, 3), frame % 256, np.uint8)
"""
CHUNK = 5

CLOCK = """
import os, time
import helios.queue.job as job

def offset_s():
    try:
        with open(os.environ["HELIOS_FAULTS_CLOCK"]) as stream:
            return float(stream.read() or 0)
    except OSError:
        return 0.0

real_now, real_time = job.utc_now, time.time
time.time = lambda: real_time() + offset_s()
job.utc_now = lambda: real_now() + __import__("datetime").timedelta(seconds=offset_s())
"""
"""Put into the way of every Python process of a scenario: a clock that can be moved."""


@dataclass(frozen=True)
class Limits:
    """How long things may take, in seconds."""

    gone_s: float
    """Until no process of a stopped job is left."""
    wait_s: float
    """Until something happens that is not measured."""


@dataclass
class Scenario:
    """A folder for one scenario, a mark that all its processes carry, and its server."""

    folder: Path
    limits: Limits
    flags: tuple[str, ...] = ()
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    process: subprocess.Popen[bytes] | None = None
    client: HeliosClient | None = None
    movable_clock: bool = False
    backoff_s: float = 0.2

    @property
    def trace(self) -> Path:
        return self.folder / "trace"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> HeliosClient:
        comps = self.folder / "comps"
        comps.mkdir(exist_ok=True)
        (comps / "film.py").write_text(FILM)
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "helios",
                "serve",
                "--port",
                "0",
                "--data",
                self.data,
                "--compositions",
                comps,
                "--backoff",
                f"{self.backoff_s:g}",
                "--rate-limit",
                "0",
                *self.flags,
            ],
            env=self.environment(),
            stderr=subprocess.PIPE,
            cwd=self.folder,
        )
        assert self.process.stderr is not None
        while line := self.process.stderr.readline().decode():
            if line.startswith("Helios is at "):
                self.close_client()
                self.client = HeliosClient(line.split()[-1])
                threading.Thread(target=_drain, args=(self.process.stderr,), daemon=True).start()
                return self.client
        raise AssertionError("the server did not start")

    def close_client(self) -> None:
        if self.client is not None:
            self.client.close()

    def watch(self) -> None:
        """Start ``helios render-server`` on job files."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "helios", "render-server", "--poll-interval", "0.1"],
            env=self.environment(),
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
        )

    def environment(self) -> dict[str, str]:
        """Marks all processes, and lets their clock be moved where the scenario wants that."""
        paths = [str(Path(path).absolute()) for path in sys.path if path]
        if self.movable_clock:
            (self.folder / "clock").mkdir(exist_ok=True)
            (self.folder / "clock" / "sitecustomize.py").write_text(CLOCK)
            paths.insert(0, str(self.folder / "clock"))
        return {
            **os.environ,
            "HELIOS_FAULTS": self.mark,
            "PYTHONPATH": ":".join(paths),
            "HELIOS_FAULTS_CLOCK": str(self.folder / "clock" / "offset_s"),
        }

    def move_clock(self, seconds: float) -> None:
        """From now on the clock of all processes is off by so much."""
        temporary = self.folder / "clock" / ".offset_s"
        temporary.write_text(str(seconds))
        temporary.replace(temporary.with_name("offset_s"))

    def finished_frames(self) -> set[tuple[str, int]]:
        """(job's name, frame) of all frames in finished chunks and films of job files."""
        found = set()
        for record in self.folder.glob("output/.helios-*/*.commit.json"):
            try:
                entry = json.loads(record.read_text())
            except (OSError, ValueError):
                continue
            name, first = record.name.partition("_part_")[0], entry["startFrame"]
            found |= {(name, n) for n in range(first, first + entry["frameCount"])}
        for film in self.folder.glob("output/*.mp4"):
            found |= {(film.stem, n) for n in range(25)}
        return found

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()

    def config(self, name: str, frames: int = 30, **props: Any) -> dict[str, Any]:
        return {
            "composition": "film.py:draw",
            "width": 64,
            "height": 64,
            "fps": 10,
            "frameCount": frames,
            "chunkFrames": CHUNK,
            "props": {"trace": str(self.trace), "name": name, **props},
        }

    def survivors(self, but: tuple[int, ...] = ()) -> list[int]:
        """Processes of this scenario that are still there."""
        return [pid for pid in marked(self.mark) if pid not in but]

    def orphans(self) -> int:
        """How many processes outlive their holder by more than they may."""
        with suppress(AssertionError):
            until(lambda: not self.survivors(), self.limits.gone_s, "its processes to go")
        return len(self.survivors())

    def settled(
        self, client: HeliosClient, ids: list[str], limit_s: float = 0
    ) -> dict[str, RenderJob]:
        """The jobs, once all of them are over."""

        def look() -> dict[str, RenderJob] | None:
            jobs = {job_id: client.get(job_id) for job_id in ids}
            return jobs if all(job.is_final for job in jobs.values()) else None

        return dict(until(look, limit_s or self.limits.wait_s, "all jobs to end"))

    def drawn(self) -> list[tuple[str, int]]:
        if not self.trace.exists():
            return []
        lines = self.trace.read_text().split("\n")[:-1]
        return [(words[0], int(words[1])) for line in lines if len(words := line.split()) == 3]

    def committed(self) -> set[tuple[str, int]]:
        """(job's name, frame) of all frames in chunks that are finished now."""
        found = set()
        for record in self.data.glob("jobs/*/.helios-*/*.commit.json"):
            try:
                entry = json.loads(record.read_text())
                config = json.loads((record.parents[1] / "job.json").read_text())["config"]
            except (OSError, ValueError):
                continue
            name, first = config["props"]["name"], entry["startFrame"]
            found |= {(name, n) for n in range(first, first + entry["frameCount"])}
        for job in self.data.glob("jobs/*/job.json"):
            config = json.loads(job.read_text())["config"]
            if list(job.parent.glob("*.mp4")):
                found |= {(config["props"]["name"], n) for n in range(config["frameCount"])}
        return found


def _drain(stream: IO[bytes]) -> None:
    with stream:
        stream.read()


def marked(mark: str) -> list[int]:
    """Live processes whose environment holds the mark."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"HELIOS_FAULTS={mark}".encode() in (entry / "environ").read_bytes()
            if is_ours and (entry / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def commands(mark: str, module: str) -> list[int]:
    """Processes of the scenario that run a module."""
    found = []
    for pid in marked(mark):
        try:
            if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def until(check: Callable[[], Any], limit_s: float, what: str) -> Any:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        try:
            value = check()
        except HeliosError:
            value = None
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {limit_s:g} s for {what}")


def browsers(root: int) -> list[int]:
    """Browser processes below a process."""
    parents, names = {}, {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "stat").read_text().rpartition(")")[2].split()
            parents[int(entry.name)] = int(words[1])
            names[int(entry.name)] = (entry / "cmdline").read_bytes()
        except OSError:
            continue

    def is_below(pid: int) -> bool:
        while pid in parents:
            pid = parents[pid]
            if pid == root:
                return True
        return False

    return [pid for pid, name in names.items() if b"chrom" in name and is_below(pid)]
