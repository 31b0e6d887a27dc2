"""What a film of a batch costs beside its frames: ``python -m benchmarks.batch [--rows 200]``.

Processor seconds of all processes, which a busy machine changes little: of a batch of two-second
cards that differ in their words, and of one film of the same card that is as long as all of them,
whose card begins again every two seconds. The long film's seconds, without those that a film of two
seconds takes to begin, are the sum of the frames.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS, FPS = 2, 30
_EMPTY_WITHIN_S = 5.0
SIZE = ("--width", "1280", "--height", "720", "--fps", str(FPS))
_CARD = """<!doctype html><meta charset="utf-8"><style>
html { background: linear-gradient(135deg, #102040, #402060) fixed; color: #fff; font: 700 64px sans-serif }
h1, p { position: absolute; left: 80px; margin: 0; animation: in 2s both infinite }
h1 { top: 200px; font-size: 64px }
p { top: 300px; font-size: 32px; animation-delay: .4s }
@keyframes in { from { opacity: 0; transform: translateX(-60px) } 50% { opacity: 1; transform: none } }
</style><h1></h1><p></p><script>
const { name, title } = window.__HELIOS_PROPS__;
document.querySelector("h1").textContent = name;
document.querySelector("p").textContent = title;
</script>"""  # noqa: E501 - a style sheet


def main() -> int:
    """Measure, and print the line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "card.html").write_text(_CARD)
        people = [{"name": f"Person {row}", "title": f"Title {37 * row}"} for row in range(rows)]
        (folder / "people.json").write_text(json.dumps(people))
        first = json.dumps(people[0])
        short_s = film_cpu_s(folder, first, SECONDS)
        frames_s = (film_cpu_s(folder, first, SECONDS * (rows + 1)) - short_s) / rows
        length = ("--duration", str(SECONDS))
        batch = ("batch", "card.html", "people.json", "-o", "{name}.mp4", *length)
        film_s = cpu_s(folder, *batch) / rows
        made = len(list(folder.glob("Person *.mp4")))
    print(
        f"{made} films of {SECONDS * FPS} frames, 1280x720: {film_s:.3f} s of processor time each, "
        f"their frames {frames_s:.3f} s: {film_s / frames_s:.2f} times; "
        f"a film by a command of its own {short_s:.2f} s"
    )
    return 0 if made == rows else 1


def film_cpu_s(folder: Path, props: str, seconds: int) -> float:
    """Processor seconds of one film, by one worker."""
    how = ("--duration", str(seconds), "--props", props, "--workers", "1")
    return cpu_s(folder, "render", "card.html", "-o", "one.mp4", *how)


def cpu_s(folder: Path, *words: str) -> float:
    """Processor seconds of a command and of all that it starts."""
    command = [sys.executable, "-m", "helios", *words, *SIZE, "-q"]
    with control_group() as group:
        me = f'echo $$ > {group}/cgroup.procs && exec "$@"'
        within = ["sh", "-c", me, "sh", *command]
        subprocess.run(within, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return used_s(group)


@contextmanager
def control_group() -> Iterator[Path]:
    """A group of processes whose processor time is counted, in version 1 or 2 of the kernel's."""
    base = Path("/sys/fs/cgroup/cpuacct")
    group = (base if base.is_dir() else base.parent) / f"helios-benchmark-{os.getpid()}"
    group.mkdir()
    try:
        yield group
    finally:
        end = time.monotonic() + _EMPTY_WITHIN_S
        while (group / "cgroup.procs").read_text() and time.monotonic() < end:
            time.sleep(0.05)
        group.rmdir()


def used_s(group: Path) -> float:
    """Processor seconds of all that ever was in it."""
    first = group / "cpuacct.usage"
    if first.exists():
        return int(first.read_text()) / 1e9
    usage = (group / "cpu.stat").read_text().split()
    return int(usage[usage.index("usage_usec") + 1]) / 1e6


if __name__ == "__main__":
    sys.exit(main())
