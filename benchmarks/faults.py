"""What becomes of a queue when everything around it fails, as a table; exit code 1 if a row fails.

python benchmarks/faults.py            all of it (about eight minutes)
python benchmarks/faults.py --short    what continuous integration runs (about two minutes)
python benchmarks/faults.py --only cancel,poison

--short also forgives a busy machine its slowness: what must be over within a second in the full
run may take much longer there.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import random
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helios.errors import HeliosError
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


@dataclass
class Limits:
    """How long things may take."""

    gone_s: float = 1.0
    """Until no process of a stopped job is left."""
    wait_s: float = 120.0
    """Until something happens that is not measured."""


LIMITS = Limits()


@dataclass
class Place:
    """A folder for one scenario, a mark that all its processes carry, and its server."""

    folder: Path
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
                self.client = HeliosClient(line.split()[-1])
                threading_drain(self.process)
                return self.client
        raise SystemExit("the server did not start")

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
                self.process.kill()

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
            until(lambda: not self.survivors(), LIMITS.gone_s, "its processes to go")
        return len(self.survivors())

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


def threading_drain(process: subprocess.Popen[bytes]) -> None:
    import threading

    assert process.stderr is not None
    threading.Thread(target=process.stderr.read, daemon=True).start()


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


def settled(client: HeliosClient, ids: list[str], limit_s: float = 0) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        jobs = {job_id: client.get(job_id) for job_id in ids}
        return jobs if all(job.is_final for job in jobs.values()) else None

    return dict(until(look, limit_s or LIMITS.wait_s, "all jobs to end"))


@contextmanager
def place(*flags: str, **settings: Any) -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="helios-faults-"))
    here = Place(folder, flags, **settings)
    try:
        yield here
    finally:
        here.stop()
        for pid in here.survivors():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


# The rows of the table: each returns what was seen, or raises AssertionError.


def server_killed(rounds: int) -> str:
    """kill -9 of the server at random moments."""
    chance, rendered_again, orphans = random.Random(rounds), 0, 0
    with place() as here:
        client = here.start()
        jobs = max(4, rounds // 3)
        names = [f"job{n}" for n in range(jobs)]
        ids = [client.submit(here.config(name, 25, sleep=0.04)) for name in names]
        for _ in range(rounds):
            time.sleep(chance.uniform(0.2, 2.6))
            here.kill()
            orphans += here.orphans()
            done, so_far = here.committed(), len(here.drawn())
            client = here.start()
            time.sleep(0.6)
            rendered_again += len(done & set(here.drawn()[so_far:]))
        done_before = here.committed()
        found = settled(client, ids, 240)
        statuses = [str(job.status) for job in found.values()]
        assert statuses == ["completed"] * jobs, statuses
        here.stop()
        with sqlite3.connect(here.data / "queue.db") as database:
            check = database.execute("pragma integrity_check").fetchone()[0]
        assert (check, rendered_again, orphans) == ("ok", 0, 0), (check, rendered_again, orphans)
        assert done_before
        assert not here.survivors()
        assert not list(here.data.glob("jobs/*/.helios-*"))
    return f"{rounds} kills, {jobs} jobs completed, 0 frames of finished chunks again, 0 orphans"


def jobs_folder_killed(rounds: int) -> str:
    """kill -9 of helios render-server, with job files only."""
    chance, rendered_again, orphans = random.Random(rounds), 0, 0
    with place() as here:
        (here.folder / "film.py").write_text(FILM)
        pending = here.folder / "jobs" / "pending"
        pending.mkdir(parents=True)
        names = [f"job{n}" for n in range(max(3, rounds // 3))]
        for name in names:
            config = {**here.config(name, 25, sleep=0.04), "outputPath": f"{name}.mp4"}
            (pending / f"{name}.json").write_text(json.dumps({"id": name, "config": config}))
        (pending / "broken.json").write_text('{"id": "broken", "config": {"composition": "no"}}')
        for _ in range(rounds):
            here.watch()
            time.sleep(chance.uniform(0.6, 3.5))
            here.kill()
            orphans += here.orphans()
            done, so_far = here.finished_frames(), len(here.drawn())
            here.watch()
            time.sleep(1.2)
            here.kill()
            rendered_again += len(done & set(here.drawn()[so_far:]))
        here.watch()
        complete = here.folder / "jobs" / "complete"
        until(lambda: len(list(complete.glob("*.json"))) == len(names), 240, "all files to move")
        here.stop()
        for name in names:
            document = json.loads((complete / f"{name}.json").read_text())
            assert (document["status"], document["progress"]) == ("complete", 100), document
            assert Path(document["output"]).stat().st_size > 1000
        failed = json.loads((here.folder / "jobs" / "failed" / "broken.json").read_text())
        assert failed["status"] == "failed"
        assert failed["error"]
        for folder in ("pending", "processing"):
            assert not list((here.folder / "jobs" / folder).iterdir())
        assert (rendered_again, orphans) == (0, 0), (rendered_again, orphans)
        assert not list((here.folder / "output").glob(".helios-*"))
    return (
        f"{2 * rounds} kills, {len(names)} complete, 1 failed with its reason, 0 again, 0 orphans"
    )


def cancelled() -> str:
    """DELETE of a running job."""
    with place() as here:
        client = here.start()
        job = client.submit(here.config("a", 600, sleep=0.05))
        until(lambda: len(here.drawn()) > 8, LIMITS.wait_s, "the job to run")
        alone = here.process.pid if here.process else 0
        began = time.monotonic()
        client.cancel(job)
        until(lambda: not here.survivors((alone,)), LIMITS.wait_s, "its processes to go")
        until(lambda: not list(here.data.glob("jobs/*/.helios-*")), LIMITS.wait_s, "its chunks")
        seconds = time.monotonic() - began
        assert seconds < LIMITS.gone_s, f"{seconds:.2f} s"
        assert client.get(job).status == "cancelled"
        second = client.submit(here.config("b", 10))
        assert settled(client, [second])[second].status == "completed"
    return f"everything gone in {seconds:.2f} s, the next job completes"


def poisoned() -> str:
    """A composition whose process dies at a frame."""
    with place() as here:
        client = here.start()
        # One after the other, and slow enough that what comes before the bad chunk is committed.
        bad = client.submit({**here.config("bad", 20, die_at=18, sleep=0.1), "concurrency": 1})
        good = client.submit(here.config("good", 10))
        found = settled(client, [bad, good])
        assert found[good].status == "completed"
        job = found[bad]
        assert (job.status, job.attempts) == ("failed", 3), job
        again = [frame for name, frame in here.drawn() if name == "bad" and frame < 10]
        assert len(again) == 10, "finished chunks were rendered again"
        return f"failed alone after {job.attempts} attempts: {job.error.splitlines()[0]}"


def hung() -> str:
    """A composition that never returns from a frame."""
    with place("--stall", "3") as here:
        client = here.start()
        bad = client.submit(here.config("bad", 20, hang_at=7))
        good = client.submit(here.config("good", 10))
        found = settled(client, [bad, good])
        assert found[good].status == "completed"
        assert found[bad].status == "failed"
        assert "nothing happened for 3 seconds" in found[bad].error
        return f"failed after {found[bad].attempts} attempts: {found[bad].error}"


def renderer_killed() -> str:
    """kill -9 of the process that draws and encodes."""
    return _killed_part("helios.rendering.chunk")


def export_killed() -> str:
    """kill -9 of the process that makes the film."""
    return _killed_part("helios.queue.export_child")


def _killed_part(module: str) -> str:
    with place() as here:
        client = here.start()
        job = client.submit(here.config("a", 60, sleep=0.1))
        until(lambda: len(here.drawn()) > 12, LIMITS.wait_s, "the job to run")
        done = here.committed()
        for pid in commands(here.mark, module):
            os.kill(pid, signal.SIGKILL)
        so_far = len(here.drawn())
        found = settled(client, [job])[job]
        assert found.status == "completed", found
        assert found.attempts == 2
        assert not done & set(here.drawn()[so_far:])
    return f"completed in attempt {found.attempts}, finished chunks kept"


def database_locked() -> str:
    """Another program holds the database while a job runs and ends."""
    with place() as here:
        client = here.start()
        job = client.submit(here.config("a", 15, sleep=0.05))
        until(here.drawn, LIMITS.wait_s, "the job to run")
        other = sqlite3.connect(here.data / "queue.db", isolation_level=None, timeout=10)
        other.execute("begin exclusive")
        time.sleep(9)
        try:
            client.list()
            answer = "answered"
        except HeliosError as error:
            answer = error.message.split(":")[0]
        other.execute("rollback")
        other.close()
        assert settled(client, [job])[job].status == "completed"
    return f"meanwhile: {answer!r}; the job completed"


def database_deleted() -> str:
    """The database file is deleted while a job runs."""
    with place() as here:
        client = here.start()
        ids = [client.submit(here.config(name, 20, sleep=0.05)) for name in "ab"]
        until(lambda: len(here.drawn()) > 3, LIMITS.wait_s, "the job to run")
        for path in here.data.glob("queue.db*"):
            path.unlink()
        time.sleep(1)
        found = settled(client, ids)
        assert [job.status for job in found.values()] == ["completed"] * 2
        counted = dict.fromkeys(here.drawn(), 0)
        assert len(counted) == len(here.drawn()), "frames were drawn twice"
    return "made again from the jobs' folders; both jobs completed, no frame drawn twice"


def clock_put_back() -> str:
    """The clock is put back a week while one job runs and another waits for its back-off."""
    with place(movable_clock=True, backoff_s=600) as here:
        client = here.start()
        dies = here.config("dies", 15, die_at=7, once=str(here.folder / "died"))
        waiting = client.submit({**dies, "priority": 10})
        running = client.submit(here.config("runs", 80, sleep=0.1))
        until(lambda: client.get(waiting).not_before, LIMITS.wait_s, "a failure")
        assert "next one begins in" in client.why(waiting)
        until(lambda: ("runs", 2) in here.drawn(), LIMITS.wait_s, "the job to run")
        here.move_clock(-7 * 86_400)
        later = client.submit(here.config("later", 10))
        found = settled(client, [waiting, running, later])
        assert [str(job.status) for job in found.values()] == ["completed"] * 3, found
        assert found[later].created_at < found[running].created_at, "the clock did not move"
        assert (found[running].attempts, found[waiting].attempts) == (1, 2), found
        runs = [frame for name, frame in here.drawn() if name == "runs"]
        assert sorted(runs) == list(range(80)), "frames were drawn twice"
        assert [job.id for job in client.list().jobs] == [later, running, waiting]
    return "back-off of 10 min not waited for, running job undisturbed; all completed in order"


def disk_full() -> str:
    """The disk fills up (a file size limit where no small disk can be mounted)."""
    with place() as here:
        here.data.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", here.data],
            check=False,
            capture_output=True,
        )
        if mounted.returncode:
            return "not tried: no small disk could be mounted here"
        try:
            client = here.start()
            config = {**here.config("a", 40), "width": 640, "height": 640}
            job = client.submit(config)
            filler = here.data / "filler"
            until(lambda: len(here.drawn()) > 3, LIMITS.wait_s, "the job to run")
            with filler.open("wb") as stream, _suppress_full():
                while True:
                    stream.write(bytes(65536))
                    stream.flush()
            time.sleep(4)
            try:
                client.submit(here.config("b", 10))
                refused = False
            except HeliosError as error:
                refused = "full" in error.message
            filler.unlink()
            found = settled(client, [job])[job]
            assert found.status == "failed", found
            assert "disk is full" in found.error, found.error
            client.retry(job)
            assert settled(client, [job])[job].status == "completed"
        finally:
            here.stop()
            subprocess.run(["umount", "-l", here.data], check=False)
    return f"failed: {found.error!r}; submit refused: {refused}; completed after room was made"


@contextmanager
def _suppress_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def stopped_by_signal() -> str:
    """SIGTERM with a grace of one second."""
    with place("--grace", "1") as here:
        client = here.start()
        job = client.submit(here.config("a", 120, sleep=0.05))
        until(lambda: len(here.drawn()) > 12, LIMITS.wait_s, "the job to run")
        began = time.monotonic()
        here.stop()
        seconds = time.monotonic() - began
        assert not here.survivors()
        done, so_far = here.committed(), len(here.drawn())
        assert done
        client = here.start()
        assert settled(client, [job])[job].status == "completed"
        assert not done & set(here.drawn()[so_far:])
        assert client.get(job).attempts == 1
    return f"ended in {seconds:.1f} s, went on at the next start, no finished chunk again"


PAGE = """<!doctype html><body style="margin:0">
<canvas id="c" width="64" height="64"></canvas><script>
const c = document.getElementById("c").getContext("2d");
(function draw(t) {
  let x = 0;
  for (let n = 0; n < 2e7; n += 1) x += n % 7;
  c.fillStyle = `hsl(${t / 20 + x * 0} 90% 50%)`;
  c.fillRect(0, 0, 64, 64);
  requestAnimationFrame(draw);
})(0);
</script></body>"""


def chromium_killed() -> str:
    """kill -9 of the browser that draws a page."""
    with place() as here:
        client = here.start()
        (here.folder / "comps" / "page.html").write_text(PAGE)
        values = {"composition": "page.html", "width": 64, "height": 64, "fps": 10, "duration": 12}
        job = client.submit({**values, "chunkFrames": 30})
        until(lambda: client.get(job).frames_done > 35, LIMITS.wait_s, "the job to run")
        killed = browsers(here.process.pid if here.process else 0)
        assert killed, "no browser was found"
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        found = settled(client, [job])[job]
        assert found.status == "completed", found
        attempts = found.attempts
        here.stop()
        assert not here.survivors()
    return f"completed at attempt {attempts}"


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


def audio_deleted() -> str:
    """The uploaded sound is deleted while its film is rendered."""
    with place() as here:
        client = here.start()
        song = here.folder / "song.wav"
        with wave.open(str(song), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(8000)
            out.writeframes(b"\x00\x10" * 16_000)
        values = here.config("a", 20, sleep=0.1)
        del values["frameCount"]
        job = client.submit({**values, "duration": 2}, song)
        until(lambda: len(here.drawn()) > 3, LIMITS.wait_s, "the job to run")
        for path in (here.data / "audio").iterdir():
            path.unlink()
        found = settled(client, [job])[job]
        assert found.status == "failed", found
        after = client.submit(here.config("b", 5))
        assert settled(client, [after])[after].status == "completed"
    return f"failed: {found.error!r}; the next job completed"


SHORT: dict[str, Callable[[], str]] = {
    "kill": lambda: server_killed(3),
    "watch": lambda: jobs_folder_killed(1),
    "cancel": cancelled,
    "poison": poisoned,
    "hang": hung,
    "renderer": renderer_killed,
    "export": export_killed,
    "deleted": database_deleted,
    "clock": clock_put_back,
    "grace": stopped_by_signal,
}
FULL = {
    **SHORT,
    "kill": lambda: server_killed(20),
    "watch": lambda: jobs_folder_killed(8),
    "locked": database_locked,
    "chromium": chromium_killed,
    "audio": audio_deleted,
    "disk": disk_full,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    rows = SHORT if arguments.short else FULL
    if arguments.short:
        LIMITS.gone_s, LIMITS.wait_s = 30, 240
    if arguments.only:
        rows = {name: {**FULL, **rows}[name] for name in arguments.only.split(",")}
    failed = 0
    for name, row in rows.items():
        began = time.monotonic()
        try:
            text, mark = row(), "ok"
        except AssertionError as error:
            text, mark, failed = str(error), "FAILED", failed + 1
        print(f"{mark:6} {name:9} {time.monotonic() - began:5.1f} s  {text}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
