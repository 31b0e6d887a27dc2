"""Runs contestants in turns, checks every film by its bar codes, and prints what came out."""

from __future__ import annotations

import contextlib
import os
import platform
import select
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
from benchmarks.processes import family, machine_busy_s, process_cpu_s
from tests.barcode import Unreadable, read_frame_number

BENCHMARKS = Path(__file__).parent
ROOT = BENCHMARKS.parent
PAGES = BENCHMARKS / "pages"
WIDTH, HEIGHT, FPS, FRAMES = 1280, 720, 30, 150
_WATCH_EVERY_S = 0.1
_CORES = len(os.sched_getaffinity(0))
QUIET = 0.1
"""A run counts as undisturbed when others used less than this share of the machine."""


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """One renderer, one page, one setting: a command that writes one film.

    ``command`` has ``{film}`` where the path of the film goes. ``group`` is what is compared:
    contestants of one group draw the same film. ``is_ours`` marks this project.
    """

    group: str
    name: str
    setting: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    frames: int = FRAMES
    """Of the film."""
    is_ours: bool = False


@dataclass(frozen=True, kw_only=True)
class Run:
    """One film that was made, or not."""

    contestant: Contestant
    wall_s: float
    cpu_s: float = 0.0
    """Processor seconds of all processes it took."""
    foreign_share: float = 0.0
    """What share of the machine others used meanwhile, 0 to 1."""
    wrong_frames: int
    """Pictures that do not show their own number, missing and surplus ones included."""
    fps: Fraction | None = None
    bytes: int = 0
    failure: str = ""

    @property
    def is_right(self) -> bool:
        return not self.failure and not self.wrong_frames


def run_once(contestant: Contestant, folder: Path, timeout_s: float = 300) -> Run:
    """Start the command cold, take the time until it has ended, then look at the film."""
    film = folder / "film.mp4"
    film.unlink(missing_ok=True)
    command = [word.replace("{film}", str(film)) for word in contestant.command]
    environment = {**os.environ, **dict(contestant.environment)}
    busy_s, began = machine_busy_s(), time.perf_counter()
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        ended, cpu_s = _watch(process, began + timeout_s)
        wall_s = time.perf_counter() - began
        foreign_s = machine_busy_s() - busy_s - cpu_s
        _end_group(process)
    said = (folder / "output.txt").read_text(errors="replace").strip()[-400:]
    if not ended or process.returncode or not film.is_file():
        why = f"exit code {process.returncode}" if ended else "did not end"
        return Run(
            contestant=contestant,
            wall_s=wall_s,
            wrong_frames=contestant.frames,
            failure=f"{why}: {said}",
        )
    foreign_share = max(foreign_s, 0.0) / (wall_s * _CORES)
    checked = check_film(contestant, wall_s, film)
    return replace(checked, cpu_s=cpu_s, foreign_share=foreign_share)


def _watch(process: subprocess.Popen[bytes], deadline: float) -> tuple[bool, float]:
    """Whether it ended in time, and the processor seconds that its whole family took.

    The family is read ten times a second: what a process did in its last tenth is missed.
    """
    used: dict[int, float] = {}
    ended = os.pidfd_open(process.pid)
    try:
        while time.perf_counter() < deadline:
            for member in family(process.pid):
                if (seconds := process_cpu_s(member)) is not None:
                    used[member] = seconds
            if select.select([ended], [], [], _WATCH_EVERY_S)[0]:
                process.wait()
                return True, sum(used.values())
        return False, sum(used.values())
    finally:
        os.close(ended)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def check_film(contestant: Contestant, wall_s: float, film: Path) -> Run:
    """Read the number of every picture: picture n has to show n."""
    wrong = count = 0
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        fps = stream.average_rate
        for count, frame in enumerate(container.decode(stream), start=1):
            try:
                wrong += read_frame_number(frame.to_ndarray(format="rgb24")) != count - 1
            except Unreadable:
                wrong += 1
    wrong += abs(contestant.frames - count)
    size = film.stat().st_size
    return Run(contestant=contestant, wall_s=wall_s, wrong_frames=wrong, fps=fps, bytes=size)


def run_rounds(
    contestants: Sequence[Contestant],
    rounds: int,
    folder: Path,
    timeout_s: float,
    patience_s: float = 0.0,
) -> list[Run]:
    """Every contestant once per round; each round begins with another one.

    For ``patience_s`` seconds in all, runs wait until the machine is idle, and are done again when
    others used it meanwhile.
    """
    runs = []
    deadline = time.perf_counter() + patience_s
    for number in range(rounds):
        shift = number % len(contestants)
        for contestant in [*contestants[shift:], *contestants[:shift]]:
            run = _run_undisturbed(contestant, folder, timeout_s, deadline)
            runs.append(run)
            state = "right" if run.is_right else run.failure or f"{run.wrong_frames} wrong frames"
            label = f"{contestant.group}: {contestant.name}, {contestant.setting}"
            print(f"round {number + 1}  {run.wall_s:6.2f} s  {label}: {state}", file=sys.stderr)
    return runs


def _run_undisturbed(
    contestant: Contestant, folder: Path, timeout_s: float, deadline: float
) -> Run:
    while True:
        while time.perf_counter() < deadline and _used_share(0.5) > QUIET:
            time.sleep(1)
        run = run_once(contestant, folder, timeout_s)
        if run.foreign_share <= QUIET or time.perf_counter() > deadline:
            return run


def _used_share(seconds: float) -> float:
    busy_s = machine_busy_s()
    time.sleep(seconds)
    return (machine_busy_s() - busy_s) / (seconds * _CORES)


def make_table(runs: Iterable[Run]) -> str:
    """Markdown: for each group one row per contestant, right films first, fastest first."""
    groups: dict[str, dict[Contestant, list[Run]]] = {}
    for run in runs:
        members = groups.setdefault(run.contestant.group, {})
        members.setdefault(run.contestant, []).append(run)
    parts = []
    for group, members in groups.items():
        rows = sorted(_row(contestant, mine) for contestant, mine in members.items())
        disturbed = [run for mine in members.values() for run in mine if run.foreign_share > QUIET]
        note = [f"\\* others used more than {QUIET:.0%} of the machine.", ""] if disturbed else []
        parts += [
            f"**{group}**",
            "",
            *_HEAD,
            *(text for _, _, text in rows),
            "",
            *note,
            _verdict(members),
            "",
        ]
    return "\n".join(parts)


_HEAD = (
    "| renderer | setting | wall: median (all) | frames/s | CPU | wrong frames | file |",
    "|---|---|---|---|---|---|---|",
)


def _median_s(runs: list[Run]) -> float:
    """Over the undisturbed runs, if there are any."""
    quiet = [run for run in runs if run.foreign_share <= QUIET]
    return statistics.median(run.wall_s for run in quiet or runs)


def _row(contestant: Contestant, runs: list[Run]) -> tuple[bool, float, str]:
    median_s = _median_s(runs)
    failures = [run for run in runs if run.failure]
    wrong = max(run.wrong_frames for run in runs)
    marked = (f"{run.wall_s:.2f}{'*' * (run.foreign_share > QUIET)}" for run in runs)
    times = f"{median_s:.2f} s ({', '.join(marked)})"
    cpu = f"{statistics.median(run.cpu_s for run in runs):.1f} s"
    speed = "-" if failures or wrong else f"{contestant.frames / median_s:.1f}"
    verdict = (
        f"failed {len(failures)} of {len(runs)}" if failures else f"{wrong} of {contestant.frames}"
    )
    rate = runs[-1].fps
    note = "" if rate is None else f"{runs[-1].bytes / 1e6:.2f} MB, {float(rate):g} fps"
    if rate is not None and rate != FPS:
        note += " (asked for 30)"
    name = f"**{contestant.name}**" if contestant.is_ours else contestant.name
    text = f"| {name} | {contestant.setting} | {times} | {speed} | {cpu} | {verdict} | {note} |"
    return bool(failures or wrong), median_s, text


def _verdict(members: dict[Contestant, list[Run]]) -> str:
    """Our medians against the best correct median of each rival, from the same rounds."""
    median_s = {
        contestant: _median_s(runs)
        for contestant, runs in members.items()
        if all(run.is_right for run in runs)
    }
    lines = []
    for own in (one for one in median_s if one.is_ours):
        for rival in sorted({one.name for one in median_s if not one.is_ours}):
            best = min((one for one in median_s if one.name == rival), key=median_s.__getitem__)
            ratio = median_s[best] / median_s[own]
            lines.append(f"- {own.setting}: **{ratio:.2f}x** {rival} at its best ({best.setting})")
    return "\n".join(lines) or "Nothing to compare: one side has no correct film."


def describe_machine() -> str:
    """What the numbers were taken on."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    cores = len(os.sched_getaffinity(0))
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{cores} cores of {model}, {system}, load {load}"


def find_browser(*names: str) -> str:
    """The first of these programs that is there.

    Raises:
        SystemExit: none of them is.
    """
    for name in names:
        if path := shutil.which(name):
            return path
    raise SystemExit(f"none of {', '.join(names)} is installed")


def browser_version(path: str) -> str:
    """What the browser calls itself."""
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or path
