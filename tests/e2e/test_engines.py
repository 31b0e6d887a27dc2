"""A film is the same whichever engine places its chunks, and survives what engines go through."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.commandline import ROOT, ended_with_block, environment, helios

from helios.errors import EnvironmentProblem, OptionError
from helios.executors.engine import open_engine
from helios.planning.needs import ChunkNeeds

PAGE = ROOT / "tests" / "compositions" / "canvas2d.html"
SMALL = ("--width", 160, "--height", 90, "--frame-count", 24, "--chunk-frames", 4)
BARCODE = f"{ROOT}/tests/compositions/barcode.py:draw"


@contextmanager
def as_of_another_cluster(port: int) -> Iterator[None]:
    """Have a port taken, if nobody has it already."""
    with socket.socket() as taken:
        with suppress(OSError):
            taken.bind(("127.0.0.1", port))
            taken.listen()
        yield


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster with two workers."""
    pytest.importorskip("distributed")
    errors = tmp_path_factory.mktemp("dask") / "errors"
    with (
        as_of_another_cluster(8787),
        errors.open("wb") as stderr,
        subprocess.Popen(
            [sys.executable, "-P", "-m", "helios", "executor", "dask", "up", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=environment(),
        ) as cluster,
        ended_with_block(cluster),
    ):
        assert cluster.stdout is not None
        told = cluster.stdout.readline()
        yield told.split(" at ")[1].split(";")[0]
        cluster.send_signal(signal.SIGINT)
        assert cluster.wait(60) == 0
    assert "already in use" not in errors.read_text()


def film(folder: Path, composition: object, executor: str) -> bytes:
    folder.mkdir()
    helios("render", composition, "-o", "f.mp4", *SMALL, "--executor", executor, cwd=folder)
    assert [path.name for path in folder.iterdir()] == ["f.mp4"]
    return (folder / "f.mp4").read_bytes()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("composition", [PAGE, BARCODE])
def test_bytes_are_the_same_on_every_engine(tmp_path: Path, dask: str, composition: object) -> None:
    here = film(tmp_path / "threads", composition, "threads")
    assert (
        film(tmp_path / "processes", composition, "concurrent.futures:ProcessPoolExecutor") == here
    )
    assert film(tmp_path / "dask", composition, f"dask:{dask}") == here


@pytest.mark.slow
def test_chunks_go_where_there_is_what_they_need(dask: str) -> None:
    distributed = pytest.importorskip("distributed")
    named, needs = f"dask:{dask}", ChunkNeeds.read("gpu=0.5")
    with (
        pytest.raises(EnvironmentProblem, match=r"offers GPU=0\.5"),
        open_engine(named, needs=needs),
    ):
        pass
    words = (sys.executable, "-m", "distributed.cli.dask_worker", dask, "--no-dashboard")
    with (
        subprocess.Popen(
            [*words, "--no-nanny", "--nthreads=4", "--resources", "GPU=1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as card,
        ended_with_block(card),
    ):
        with distributed.Client(dask, set_as_default=False) as client:
            client.wait_for_workers(3, timeout=60)
        with open_engine(named, needs=needs) as engine:
            assert engine is not None
            assert engine.slots == 2, "each has half a card"
            places = [engine.executor.submit(os.getpid) for _ in range(4)]
            assert {place.result(60) for place in places} == {card.pid}
        card.kill()


def test_who_is_told_nothing_of_machines_says_so(tmp_path: Path) -> None:
    for named in ("threads", "concurrent.futures:ThreadPoolExecutor"):
        with (
            pytest.raises(OptionError, match="told nothing of machines"),
            open_engine(named, needs=ChunkNeeds.read("cpu=2")),
        ):
            pass
    for server in (("serve", "--data", "."), ("render-server", "--jobs-dir", ".")):
        refused = helios(*server, "--needs", "cpu=2", cwd=tmp_path, code=2)
        assert "--needs: threads is told nothing of machines" in refused.err


@pytest.mark.slow
def test_an_executor_of_another_library_draws_the_same(tmp_path: Path) -> None:
    pytest.importorskip("executorlib")
    made = film(tmp_path / "executorlib", BARCODE, "executorlib:SingleNodeExecutor")
    assert made == film(tmp_path / "threads", BARCODE, "threads")


@pytest.mark.slow
def test_processes_that_copy_this_one_have_renderers_of_their_own(tmp_path: Path) -> None:
    """A job starts what renders before it is read; copies of its process must not ask that."""
    helios("render", BARCODE, "-o", "f.mp4", *SMALL, "--emit-job", "job.json", cwd=tmp_path)
    pool = "concurrent.futures:ProcessPoolExecutor"
    helios("job", "run", "job.json", "--executor", pool, cwd=tmp_path, timeout_s=60)
    assert (tmp_path / "f.mp4").exists()


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_finished_chunk(tmp_path: Path, dask: str) -> None:
    (tmp_path / "slow.py").write_text(
        "import os, pathlib, time\nimport numpy as np\n\n"
        "def draw(frame, context):\n"
        "    with open(context.props['trace'], 'a') as trace:\n"
        "        trace.write(f'{frame} {os.getppid()}\\n')\n"
        "    time.sleep(0.1)\n"
        "    return np.full((context.height, context.width, 3), frame, np.uint8)\n"
    )
    trace = tmp_path / "trace"
    words = ["render", "slow.py:draw", "-o", "f.mp4", *map(str, SMALL), "--quiet"]
    words += ["--props", f'{{"trace": "{trace}"}}', "--executor", f"dask:{dask}"]
    with (
        subprocess.Popen(
            [sys.executable, "-P", "-m", "helios", *words], cwd=tmp_path, env=environment()
        ) as render,
        ended_with_block(render),
    ):
        while not list(tmp_path.rglob("*.commit.json")) and render.poll() is None:
            time.sleep(0.05)
        finished = {path.stat().st_ino for path in tmp_path.rglob("*.commit.json")}
        holder = int(trace.read_text().splitlines()[0].split()[1])
        os.kill(holder, signal.SIGKILL)
        assert render.wait(120) == 0
    assert finished
    frames = [int(line.split()[0]) for line in trace.read_text().splitlines()]
    assert set(frames) == set(range(24))
    # At most what was under way on the worker that died was drawn again.
    assert len(frames) <= 24 + 12
