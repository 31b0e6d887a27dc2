"""The same films on every engine that is installed: whether the files are equal, how long it took.

    python benchmarks/engines.py [--only NAME]

Two films of 24 chunks, of a page and of a template, on the threads of this machine; on Dask with
two and four workers; on Ray with two; on executorlib, Parsl and mpi4py; as an array of a Slurm of
this machine's own (where ``slurmctld`` is installed, as root); on Dask's workers in that Slurm,
which dask-jobqueue starts; and by ``openjd run``. What is not installed is said and passed over.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

PAGE = """<!doctype html><canvas width=160 height=90></canvas><script>
const pen = document.querySelector("canvas").getContext("2d");
(function draw() {
  pen.fillStyle = `hsl(${performance.now() / 10} 80% 50%)`;
  pen.fillRect(0, 0, 160, 90);
  requestAnimationFrame(draw);
})();
</script>
"""
FARM = """
def executorlib():
    from executorlib import SingleNodeExecutor
    return SingleNodeExecutor(max_workers=2)

def parsl():
    from parsl import Config, HighThroughputExecutor
    from parsl.concurrent import ParslPoolExecutor
    return ParslPoolExecutor(Config(executors=[HighThroughputExecutor(max_workers_per_node=2)]))

def mpi():
    from mpi4py.futures import MPIPoolExecutor
    return MPIPoolExecutor()

def jobqueue():
    from dask_jobqueue import SLURMCluster
    cluster = SLURMCluster(cores=1, processes=1, memory="3GB", walltime="01:00:00")
    cluster.scale(jobs=2)
    return cluster.get_client().get_executor(pure=False, retries=0)
"""
SMALL = ["--width", "160", "--height", "90", "--frame-count", "96", "--chunk-frames", "4"]
FILMS = {"page": ["page.html"], "scene": ["--template", "etherealFlame"]}
HELIOS = [sys.executable, "-m", "helios"]
Films = dict[str, bytes]


def helios(folder: Path, *words: str) -> None:
    """Run the command line."""
    subprocess.run([*HELIOS, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def by_engine(executor: str, *more: str) -> Callable[[Path, str], None]:
    """Renders through ``--executor``."""

    def render(folder: Path, film: str) -> None:
        words = [*FILMS[film], "-o", f"{film}.mp4", *SMALL, "--quiet", "--executor", executor]
        helios(folder, "render", *words, *more)

    return render


def by_mpi(folder: Path, film: str) -> None:
    """Processes that ``mpiexec`` has started: one for the command, two to draw."""
    start = ["mpiexec", "--oversubscribe", "-n", "3"]
    if os.geteuid() == 0:
        start.append("--allow-run-as-root")
    words = [*FILMS[film], "-o", f"{film}.mp4", *SMALL, "--quiet", "--executor", "farm:mpi"]
    command = [*start, sys.executable, "-m", "mpi4py.futures", "-m", "helios", "render", *words]
    subprocess.run([*command, "--workers", "2"], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def emitted(folder: Path, film: str, *words: str) -> None:
    """Write the job of a film, and what another system runs."""
    helios(folder, "render", *FILMS[film], "-o", f"{film}.mp4", *SMALL, "--emit-job", "job.json")
    helios(folder, "job", "emit", "job.json", *words)


def by_openjd(folder: Path, film: str) -> None:
    """Runs the template, chunk after chunk."""
    emitted(folder, film, "--target", "openjd")
    words = ["run", "template.json", "--step", "Merge", "--run-dependencies", "-p"]
    program = Path(sys.executable).with_name("openjd")
    command = [str(program), *words, f"Folder={folder}"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def by_slurm(folder: Path, film: str) -> None:
    """Submits to a Slurm of our own, and waits for the film."""
    emitted(folder, film, "--target", "slurm")
    with slurm(folder / "slurm") as environment:
        subprocess.run(["sh", "submit.sh"], cwd=folder, env=environment, check=True)
        until = time.monotonic() + 600
        while not (folder / f"{film}.mp4.commit.json").exists():
            assert time.monotonic() < until, "Slurm has not made the film"
            time.sleep(0.2)


def by_jobqueue(folder: Path, film: str) -> None:
    """Dask's workers are jobs of a Slurm of our own."""
    with slurm(folder / "slurm") as environment:
        words = [*FILMS[film], "-o", f"{film}.mp4", *SMALL, "--quiet", "--workers", "2"]
        command = [*HELIOS, "render", *words, "--executor", "farm:jobqueue"]
        subprocess.run(
            command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=600
        )


@contextmanager
def slurm(folder: Path) -> Iterator[dict[str, str]]:
    """A controller and a node of two slots; gives the environment of its commands."""
    folder.mkdir()
    host = socket.gethostname()
    ports = [free_port() for _ in range(2)]
    config = folder / "slurm.conf"
    config.write_text(
        f"ClusterName=helios\nSlurmctldHost={host}(127.0.0.1)\n"
        "AuthType=auth/none\nCredType=cred/none\nSlurmUser=root\nSlurmdUser=root\n"
        f"SlurmctldPort={ports[0]}\nSlurmdPort={ports[1]}\nStateSaveLocation={folder}\n"
        f"SlurmdSpoolDir={folder}/spool\nSlurmctldPidFile={folder}/ctl.pid\n"
        f"SlurmdPidFile={folder}/d.pid\nProctrackType=proctrack/linuxproc\n"
        "TaskPlugin=task/none\nSelectType=select/cons_tres\nMpiDefault=none\n"
        "SwitchType=switch/none\nReturnToService=2\nMinJobAge=300\n"
        f"NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} RealMemory=8000 State=UNKNOWN\n"
        f"PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP\n"
    )
    programs = Path(sys.executable).parent
    environment = {
        **os.environ,
        "SLURM_CONF": str(config),
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    started = []
    for program in ("slurmctld", "slurmd"):
        path = shutil.which(program) or f"/usr/sbin/{program}"
        log = str(folder / f"{program}.log")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(subprocess.Popen([path, "-D", "-L", log], env=environment, **quiet))
    try:
        yield environment
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGTERM)
            process.wait()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def no_cluster() -> Iterator[str]:
    """Nothing to be started."""
    yield ""


def has_slurm() -> bool:
    """Whether one can be started here."""
    return os.geteuid() == 0 and Path("/usr/sbin/slurmctld").exists()


WAYS: dict[str, tuple[bool, Callable[[Path, str], None]]] = {
    "threads": (True, by_engine("threads")),
    "Dask, 2 workers": (find_spec("distributed") is not None, by_engine("dask", "--workers", "2")),
    "Dask, 4 workers": (find_spec("distributed") is not None, by_engine("dask", "--workers", "4")),
    "Ray, 2 workers": (find_spec("ray") is not None, by_engine("ray", "--workers", "2")),
    "executorlib": (
        find_spec("executorlib") is not None,
        by_engine("farm:executorlib", "--workers", "2"),
    ),
    "Parsl": (find_spec("parsl") is not None, by_engine("farm:parsl", "--workers", "2")),
    "mpi4py": (find_spec("mpi4py") is not None and shutil.which("mpiexec") is not None, by_mpi),
    "Slurm": (has_slurm(), by_slurm),
    "dask-jobqueue": (
        has_slurm() and find_spec("dask_jobqueue") is not None,
        by_jobqueue,
    ),
    "openjd run": (find_spec("openjd") is not None, by_openjd),
}


def main() -> None:
    """Print a table."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--only", default="", help="a name in the table")
    only = reader.parse_args().only
    expected: dict[str, str] = {}
    print("| engine | page | scene | the same files |\n|---|---|---|---|")
    for name, (is_there, way) in WAYS.items():
        if only and name not in (only, "threads"):
            continue
        if not is_there:
            print(f"| {name} | | | not installed here |", flush=True)
            continue
        times, same = [], True
        for film in FILMS:
            folder = Path(tempfile.mkdtemp(prefix="engine-"))
            try:
                (folder / "page.html").write_text(PAGE)
                (folder / "farm.py").write_text(FARM)
                began = time.monotonic()
                way(folder, film)
                times.append(f"{time.monotonic() - began:.0f} s")
                found = hashlib.sha256((folder / f"{film}.mp4").read_bytes()).hexdigest()
                same = same and expected.setdefault(film, found) == found
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        print(f"| {name} | {' | '.join(times)} | {'yes' if same else 'NO'} |", flush=True)


if __name__ == "__main__":
    main()
