"""What becomes of a queue when everything around it fails. Each test prints what it saw (-rP).

The short form is part of the suite; ``pytest tests/faults --faults full`` also runs what takes
longer, and demands that what must be over within a second is.
"""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

import pytest
from tests.faults.scenario import FILM, Scenario, browsers, commands, until

from helios.errors import HeliosError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
Scenarios = Callable[..., AbstractContextManager[Scenario]]


@pytest.mark.parametrize("rounds", [3, pytest.param(20, marks=pytest.mark.full_faults)])
def test_kill_9_of_the_server(scenario: Scenarios, rounds: int) -> None:
    """kill -9 of the server at random moments."""
    chance, rendered_again, orphans = random.Random(rounds), 0, 0
    with scenario() as here:
        client = here.start()
        jobs = max(4, rounds // 3)
        names = [f"job{n}" for n in range(jobs)]
        ids = [client.submit(here.config(name, 25, sleep=0.04)) for name in names]
        for left in reversed(range(rounds)):
            time.sleep(chance.uniform(0.2, 2.6))
            if not left:
                until(here.committed, 60, "a finished chunk, which a kill may lose")
            here.kill()
            orphans += here.orphans()
            done, so_far = here.committed(), len(here.drawn())
            client = here.start()
            time.sleep(0.6)
            rendered_again += len(done & set(here.drawn()[so_far:]))
        done_before = here.committed()
        found = here.settled(client, ids, 240)
        statuses = [str(job.status) for job in found.values()]
        assert statuses == ["completed"] * jobs, statuses
        here.stop()
        with closing(sqlite3.connect(here.data / "queue.db")) as database:
            check = database.execute("pragma integrity_check").fetchone()[0]
        assert (check, rendered_again, orphans) == ("ok", 0, 0), (check, rendered_again, orphans)
        assert done_before
        assert not here.survivors()
        assert not list(here.data.glob("jobs/*/.helios-*"))
    print(f"{rounds} kills, {jobs} jobs completed, 0 frames of finished chunks again, 0 orphans")


@pytest.mark.parametrize("rounds", [1, pytest.param(8, marks=pytest.mark.full_faults)])
def test_kill_9_of_the_watch_folder(scenario: Scenarios, rounds: int) -> None:
    """kill -9 of helios render-server, with job files only."""
    chance, rendered_again, orphans = random.Random(rounds), 0, 0
    with scenario() as here:
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
    print(
        f"{2 * rounds} kills, {len(names)} complete, 1 failed with its reason, 0 again, 0 orphans"
    )


def test_a_running_job_is_cancelled(scenario: Scenarios) -> None:
    """DELETE of a running job."""
    with scenario() as here:
        client = here.start()
        job = client.submit(here.config("a", 600, sleep=0.05))
        until(lambda: len(here.drawn()) > 8, here.limits.wait_s, "the job to run")
        alone = here.process.pid if here.process else 0
        began = time.monotonic()
        client.cancel(job)
        until(lambda: not here.survivors((alone,)), here.limits.wait_s, "its processes to go")
        until(
            lambda: not list(here.data.glob("jobs/*/.helios-*")), here.limits.wait_s, "its chunks"
        )
        seconds = time.monotonic() - began
        assert seconds < here.limits.gone_s, f"{seconds:.2f} s"
        assert client.get(job).status == "cancelled"
        second = client.submit(here.config("b", 10))
        assert here.settled(client, [second])[second].status == "completed"
    print(f"everything gone in {seconds:.2f} s, the next job completes")


def test_a_composition_that_kills_its_process(scenario: Scenarios) -> None:
    """A composition whose process dies at a frame."""
    with scenario() as here:
        client = here.start()
        # One after the other, and slow enough that what comes before the bad chunk is committed.
        bad = client.submit({**here.config("bad", 20, die_at=18, sleep=0.1), "concurrency": 1})
        good = client.submit(here.config("good", 10))
        found = here.settled(client, [bad, good])
        assert found[good].status == "completed"
        job = found[bad]
        assert (job.status, job.attempts) == ("failed", 3), job
        again = [frame for name, frame in here.drawn() if name == "bad" and frame < 10]
        assert len(again) == 10, "finished chunks were rendered again"
        print(f"failed alone after {job.attempts} attempts: {job.error.splitlines()[0]}")


def test_a_composition_that_hangs(scenario: Scenarios) -> None:
    """A composition that never returns from a frame."""
    with scenario("--stall", "3") as here:
        client = here.start()
        bad = client.submit(here.config("bad", 20, hang_at=7))
        good = client.submit(here.config("good", 10))
        found = here.settled(client, [bad, good])
        assert found[good].status == "completed"
        assert found[bad].status == "failed"
        assert "reported nothing for 3 seconds" in found[bad].error
        print(f"failed after {found[bad].attempts} attempts: {found[bad].error}")


@pytest.mark.parametrize("module", ["helios.children.__main__", "helios.children\0export"])
def test_kill_9_of_a_process_of_the_film(scenario: Scenarios, module: str) -> None:
    """What draws and encodes, and what makes the film."""
    with scenario() as here:
        client = here.start()
        job = client.submit(here.config("a", 60, sleep=0.1))
        until(lambda: len(here.drawn()) > 12, here.limits.wait_s, "the job to run")
        done = here.committed()
        for pid in commands(here.mark, module):
            os.kill(pid, signal.SIGKILL)
        so_far = len(here.drawn())
        found = here.settled(client, [job])[job]
        assert found.status == "completed", found
        assert found.attempts == 2
        assert not done & set(here.drawn()[so_far:])
    print(f"completed in attempt {found.attempts}, finished chunks kept")


@pytest.mark.full_faults
def test_the_database_is_locked_by_another_program(scenario: Scenarios) -> None:
    """Another program holds the database while a job runs and ends."""
    with scenario() as here:
        client = here.start()
        job = client.submit(here.config("a", 15, sleep=0.05))
        until(here.drawn, here.limits.wait_s, "the job to run")
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
        assert here.settled(client, [job])[job].status == "completed"
    print(f"meanwhile: {answer!r}; the job completed")


def test_the_database_is_deleted(scenario: Scenarios) -> None:
    """The database file is deleted while a job runs."""
    with scenario() as here:
        client = here.start()
        ids = [client.submit(here.config(name, 20, sleep=0.05)) for name in "ab"]
        until(lambda: len(here.drawn()) > 3, here.limits.wait_s, "the job to run")
        for path in here.data.glob("queue.db*"):
            path.unlink()
        time.sleep(1)
        found = here.settled(client, ids)
        assert [job.status for job in found.values()] == ["completed"] * 2
        counted = dict.fromkeys(here.drawn(), 0)
        assert len(counted) == len(here.drawn()), "frames were drawn twice"
    print("made again from the jobs' folders; both jobs completed, no frame drawn twice")


def test_the_clock_is_put_back(scenario: Scenarios) -> None:
    """The clock is put back a week while one job runs and another waits for its back-off."""
    with scenario(movable_clock=True, backoff_s=600) as here:
        client = here.start()
        dies = here.config("dies", 15, die_at=7, once=str(here.folder / "died"))
        waiting = client.submit({**dies, "priority": 10})
        running = client.submit(here.config("runs", 80, sleep=0.1))
        until(lambda: client.get(waiting).not_before, here.limits.wait_s, "a failure")
        assert "next one begins in" in client.why(waiting)
        until(lambda: ("runs", 2) in here.drawn(), here.limits.wait_s, "the job to run")
        here.move_clock(-7 * 86_400)
        later = client.submit(here.config("later", 10))
        found = here.settled(client, [waiting, running, later])
        assert [str(job.status) for job in found.values()] == ["completed"] * 3, found
        assert found[later].created_at < found[running].created_at, "the clock did not move"
        assert (found[running].attempts, found[waiting].attempts) == (1, 2), found
        runs = [frame for name, frame in here.drawn() if name == "runs"]
        assert sorted(runs) == list(range(80)), "frames were drawn twice"
        assert [job.id for job in client.list().jobs] == [later, running, waiting]
    print("back-off of 10 min not waited for, running job undisturbed; all completed in order")


@pytest.mark.full_faults
def test_the_disk_is_full(scenario: Scenarios) -> None:
    """The disk fills up (a file size limit where no small disk can be mounted)."""
    with scenario() as here:
        here.data.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", here.data],
            check=False,
            capture_output=True,
        )
        if mounted.returncode:
            print("not tried: no small disk could be mounted here")
        try:
            client = here.start()
            config = {**here.config("a", 40), "width": 640, "height": 640}
            job = client.submit(config)
            filler = here.data / "filler"
            until(lambda: len(here.drawn()) > 3, here.limits.wait_s, "the job to run")
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
            found = here.settled(client, [job])[job]
            assert found.status == "failed", found
            assert "disk is full" in found.error, found.error
            client.retry(job)
            assert here.settled(client, [job])[job].status == "completed"
        finally:
            here.stop()
            subprocess.run(["umount", "-l", here.data], check=False)
    print(f"failed: {found.error!r}; submit refused: {refused}; completed after room was made")


@contextmanager
def _suppress_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def test_sigterm_with_a_grace(scenario: Scenarios) -> None:
    """SIGTERM with a grace of one second."""
    with scenario("--grace", "1") as here:
        client = here.start()
        job = client.submit(here.config("a", 120, sleep=0.05))
        until(lambda: len(here.drawn()) > 12, here.limits.wait_s, "the job to run")
        began = time.monotonic()
        here.stop()
        seconds = time.monotonic() - began
        assert not here.survivors()
        done, so_far = here.committed(), len(here.drawn())
        assert done
        client = here.start()
        assert here.settled(client, [job])[job].status == "completed"
        assert not done & set(here.drawn()[so_far:])
        assert client.get(job).attempts == 1
    print(f"ended in {seconds:.1f} s, went on at the next start, no finished chunk again")


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


@pytest.mark.full_faults
@pytest.mark.browser
def test_kill_9_of_the_browser(scenario: Scenarios) -> None:
    """kill -9 of the browser that draws a page."""
    with scenario() as here:
        client = here.start()
        (here.folder / "comps" / "page.html").write_text(PAGE)
        values = {"composition": "page.html", "width": 64, "height": 64, "fps": 10, "duration": 12}
        job = client.submit({**values, "chunkFrames": 30})
        until(lambda: client.get(job).frames_done > 35, here.limits.wait_s, "the job to run")
        killed = browsers(here.process.pid if here.process else 0)
        assert killed, "no browser was found"
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        found = here.settled(client, [job])[job]
        assert found.status == "completed", found
        attempts = found.attempts
        here.stop()
        assert not here.survivors()
    print(f"completed at attempt {attempts}")


@pytest.mark.full_faults
def test_the_sound_is_deleted(scenario: Scenarios) -> None:
    """The uploaded sound is deleted while its film is rendered."""
    with scenario() as here:
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
        until(lambda: len(here.drawn()) > 3, here.limits.wait_s, "the job to run")
        for path in (here.data / "audio").iterdir():
            path.unlink()
        found = here.settled(client, [job])[job]
        assert found.status == "failed", found
        after = client.submit(here.config("b", 5))
        assert here.settled(client, [after])[after].status == "completed"
    print(f"failed: {found.error!r}; the next job completed")
