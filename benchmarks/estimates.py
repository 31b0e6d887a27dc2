"""What ``--dry-run`` expects of a film against what the film then takes.

    python -m benchmarks.estimates [--only NAME ...] [--rounds 1]

Compositions of different kinds: each is asked about, then rendered. Time is that of the
command; memory the peak of the proportional sets of all its processes; the size is the film's.
Prints a table with what was expected, what it was, and the one over the other. Others at work on
the machine change what a film takes: the last column says how much of the machine they used.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import PAGES, ROOT, describe_machine
from benchmarks.processes import cpu_s, machine_busy_s, proportional_mb

from helios.process.cores import available_cores

EXAMPLES = ROOT / "examples"
SIZE = ("--width", "1280", "--height", "720")
CLOSE = 0.25
"""Expected values may be off by so much of the true one."""
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Film:
    """A film to be expected and made; ``{song}`` in its words is a song of ``SONG_S`` seconds."""

    name: str
    words: tuple[str, ...]


SONG_S = 8
FILMS = (
    Film(name="page", words=(str(PAGES / "dom.html"), *SIZE, "--duration", "20")),
    Film(
        name="canvas page with sound",
        words=(str(PAGES / "canvas.html"), *SIZE, "--duration", "30", "--audio", "{song}"),
    ),
    Film(
        name="scene",
        words=("etherealFlame", "--audio", "{song}", "--width", "640", "--height", "360"),
    ),
    Film(
        name="Python",
        words=(f"{EXAMPLES / 'python' / 'wave.py'}:draw", *SIZE, "--duration", "12"),
    ),
    Film(
        name="eight at once",
        words=(str(PAGES / "dom.html"), *SIZE, "--duration", "20", "--concurrency", "8"),
    ),
    Film(
        name="shader",
        words=("voxelCity", "--width", "320", "--height", "180", "--duration", "6"),
    ),
    Film(
        name="360 page",
        words=(
            *(str(EXAMPLES / "panorama"), "--type", "360-mono-4k", "--panorama", "cubemap"),
            *("--face-size", "256", "--width", "1024", "--height", "512", "--duration", "4"),
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Of one film, expected or true."""

    seconds: float
    memory_mb: float
    film_mb: float
    foreign_share: float = 0.0


def expected(film: list[str], folder: Path) -> Found:
    """What ``--dry-run`` says."""
    command = [sys.executable, "-m", "helios", "render", *film, "--dry-run", "--json"]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    said = next(event for event in events if event["event"] == "expected")
    return Found(
        seconds=said["seconds"],
        memory_mb=said["memoryBytes"] / 1e6,
        film_mb=said["filmBytes"] / 1e6,
    )


def made(film: list[str], folder: Path) -> Found:
    """What the film takes."""
    busy_s, began = machine_busy_s(), time.perf_counter()
    peak = used_s = 0.0
    with subprocess.Popen(
        [sys.executable, "-m", "helios", "render", *film],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        while process.poll() is None:
            peak = max(peak, proportional_mb(process.pid) * 1.048576)
            used_s = max(used_s, cpu_s(process.pid))
            time.sleep(_LOOK_EVERY_S)
        assert process.stderr is not None
        if process.returncode:
            raise SystemExit(process.stderr.read().decode())
    seconds = time.perf_counter() - began
    foreign_s = max(0.0, machine_busy_s() - busy_s - used_s)
    return Found(
        seconds=seconds,
        memory_mb=peak,
        film_mb=(folder / film[-1]).stat().st_size / 1e6,
        foreign_share=foreign_s / seconds / available_cores(),
    )


def write_song(path: Path) -> None:
    """``SONG_S`` seconds of music."""
    from tests.music import rock
    from tests.sounds import encoded

    path.write_bytes(encoded(rock(124, SONG_S).samples, 48_000, "mp3", "libmp3lame"))


def cell(said: float, was: float, unit: str) -> str:
    """Expected, true, and the one over the other, marked where it is far off."""
    ratio = said / was
    mark = "" if abs(ratio - 1) <= CLOSE else " **!**"
    return f"{said:.4g} / {was:.4g} {unit} ({ratio:.2f}{mark})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.estimates", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[film.name for film in FILMS])
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    print(f"Expected / true. {describe_machine()}.\n")
    print("| film | time | memory | size | others used |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="helios-estimates-") as name:
        folder = Path(name)
        write_song(folder / "song.mp3")
        for film in FILMS:
            if film.name not in arguments.only:
                continue
            words = [word.replace("{song}", str(folder / "song.mp3")) for word in film.words]
            words += ["-o", "film.mp4"]
            for _ in range(arguments.rounds):
                said, was = expected(words, folder), made(words, folder)
                cells = (
                    cell(said.seconds, was.seconds, "s"),
                    cell(said.memory_mb, was.memory_mb, "MB"),
                    cell(said.film_mb, was.film_mb, "MB"),
                )
                print(
                    f"| {film.name} | {' | '.join(cells)} | {was.foreign_share:.0%} |", flush=True
                )


if __name__ == "__main__":
    main()
