"""Plants each fault in a copy of the tree and looks whether its tests notice."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.table import Fault

_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?\.py(?:::\w+)?)", re.MULTILINE)
_LEFT_OUT = (".git", ".venv", "node_modules", "__pycache__", ".*_cache", ".hypothesis", "demo")
_NOTHING_RAN = (4, 5)
"""What pytest ends with when a test that was named is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a fault: ``noticed``, ``survived`` or ``stale`` (its text is not there)."""

    fault: Fault
    verdict: str
    by: str = ""
    """The test that failed, or why there is no verdict."""


class Copy:
    """A throw-away copy of the tree, with caches of its own."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.tree = folder / "tree"
        self._cache = folder / "cache"
        self._films = folder / "films"
        shutil.copytree(source, self.tree, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        self._newest = int(max(path.stat().st_mtime for path in self.tree.rglob("*")))

    @contextmanager
    def planted(self, fault: Fault, path: Path) -> Iterator[None]:
        """The copy with ``fault`` in it."""
        sound = path.read_text()
        path.write_text(sound.replace(fault.old, fault.new))
        self._touch(path)
        try:
            yield
        finally:
            path.write_text(sound)
            self._touch(path)

    def run(self, tests: Sequence[str], limit_s: float, *flags: str) -> tuple[int | None, str]:
        """Run tests; their exit code (None: not over after ``limit_s``) and what they said."""
        self._forget_results()
        child = subprocess.Popen(
            [
                *(sys.executable, "-m", "pytest", "-q", "-rfE", "--tb=no"),
                *("-p", "pytest_timeout", "-p", "xdist.plugin", "-p", "no:cacheprovider"),
                *("-o", f"timeout={limit_s / 3:g}"),
                *(f"--basetemp={self._films}", *flags, *tests),
            ],
            cwd=self.tree,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(self.tree / "src"), str(self.tree)]),
                "HELIOS_CACHE_DIR": str(self._cache),
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # most of the time of a quick test
                "COLUMNS": "400",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        try:
            said, _ = child.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            return None, ""
        return child.returncode, said

    def _touch(self, path: Path) -> None:
        """Bytecode is kept by size and whole second: each content gets a second of its own."""
        self._newest += 1
        os.utime(path, (self._newest, self._newest))

    def _forget_results(self) -> None:
        """Tables and downloads may be a faulty program's; kernels name their source."""
        for entry in self._cache.glob("*"):
            if entry.name != "kernels":
                shutil.rmtree(entry)


def judge(fault: Fault, copy: Copy, limit_s: float) -> Outcome:
    """Plant one fault and run its tests up to the first that fails, and fails again."""
    found = fault.found(copy.tree)
    if len(found) != 1:
        return Outcome(fault=fault, verdict="stale", by=f"its text stands there {len(found)} times")
    with copy.planted(fault, found[0]):
        code, said = copy.run(fault.tests, limit_s, "-x")
        failed = _FAILED.search(said)
        if failed and copy.run([failed[1]], limit_s, "-x")[0] == 0:  # by chance, as under load
            code, said = copy.run(fault.tests, limit_s, "-x")
            failed = _FAILED.search(said)
    if code is None:
        return Outcome(fault=fault, verdict="noticed", by="never ends")
    if code == 0:
        return Outcome(fault=fault, verdict="survived")
    if code in _NOTHING_RAN:
        return Outcome(fault=fault, verdict="stale", by=f"its tests do not run: {said[-300:]}")
    return Outcome(fault=fault, verdict="noticed", by=failed[1] if failed else "the run breaks off")


def run_faults(
    faults: Sequence[Fault],
    source: Path,
    *,
    jobs: int = 1,
    limit_s: float = 300,
    told: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Judge all faults, ``jobs`` at a time; a test that fails without a fault notices nothing."""
    waiting: queue.SimpleQueue[tuple[int, Fault]] = queue.SimpleQueue()
    for item in enumerate(faults):
        waiting.put(item)
    outcomes: dict[int, Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="helios-mutants-", ignore_cleanup_errors=True) as name:
        copies = [Copy(source, Path(name) / str(number)) for number in range(jobs)]

        def work(copy: Copy) -> None:
            while True:
                try:
                    number, fault = waiting.get_nowait()
                except queue.Empty:
                    return
                outcomes[number] = judge(fault, copy, limit_s)
                told(outcomes[number])

        threads = [threading.Thread(target=work, args=(copy,)) for copy in copies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        failing = _fail_anyway(list(outcomes.values()), copies[0])
    return [_doubted(outcomes[number], failing) for number in sorted(outcomes)]


def _fail_anyway(outcomes: list[Outcome], copy: Copy) -> set[str]:
    """Those of the tests that noticed something which fail in the sound tree too."""
    noticed = [outcome for outcome in outcomes if outcome.verdict == "noticed"]
    tests = sorted({outcome.by for outcome in noticed if "::" in outcome.by})
    if not tests:
        return set()
    code, said = copy.run(tests, 3600)
    return set() if code == 0 else set(_FAILED.findall(said)) or set(tests)


def _doubted(outcome: Outcome, failing: set[str]) -> Outcome:
    if outcome.by not in failing:
        return outcome
    return Outcome(fault=outcome.fault, verdict="stale", by=f"{outcome.by} fails without it too")
