"""The browser as a process: sandboxed, without a port, gone when we are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.busy import BUSY

from helios.browser.find import find_browser
from helios.browser.launch import BrowserConfig, launch

pytestmark = pytest.mark.browser

HOLDER = """
import sys, time
from fractions import Fraction
from pathlib import Path
from helios.browser.launch import BrowserConfig, launch
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CaptureMethod
from helios.sources.page import PageSettings, PageSource
page = Path(sys.argv[1])
browser = launch(BrowserConfig(width=320, height=180))
composition = Composition(kind=CompositionKind.PAGE, location=str(page), root=page.parent)
settings = PageSettings(width=320, height=180, fps=Fraction(30), total_frames=9,
                        capture=CaptureMethod.DIRECT)
frames = PageSource(browser, composition, settings).frames(0, 100000)
next(frames)
print(browser.pid, browser.profile, flush=True)
for _ in frames:
    pass
"""


def processes_of(group: int) -> dict[int, list[str]]:
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().decode().split("\0")
            if os.getpgid(int(entry.name)) == group and line != [""]:
                found[int(entry.name)] = line
        except OSError:
            continue
    return found


def with_profile(profile: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if profile in (entry / "cmdline").read_bytes().decode():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_nothing_is_left_after_close() -> None:
    browser = launch(BrowserConfig(executable=find_browser()))
    pid, profile = browser.pid, browser.profile
    assert profile.is_dir()
    browser.close()
    assert not profile.exists()
    assert processes_of(pid) == {}


def test_kill_of_the_holder_leaves_no_process_and_the_next_start_sweeps(helpers: Any) -> None:
    page = str(helpers.pages / "canvas.html")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, page], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    pid, profile = holder.stdout.readline().split()
    assert with_profile(profile)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    deadline = time.monotonic() + 30
    while (with_profile(profile) or processes_of(int(pid))) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert with_profile(profile) == []
    assert processes_of(int(pid)) == {}
    with launch(BrowserConfig(executable=find_browser())):
        assert not Path(profile).exists()


def test_sandbox_is_on_and_no_port_is_open(browser: Any, source: Any, helpers: Any) -> None:
    from helios.model.facts import CaptureMethod

    made = source(helpers.page("canvas.html"), CaptureMethod.DIRECT)
    next(iter(made.frames(0, 1)))
    assert not any("--no-sandbox" in flag or "debugging-port" in flag for flag in browser.flags)
    renderers = [
        pid
        for pid, line in processes_of(browser.pid).items()
        if "--type=renderer" in " ".join(line)
    ]
    assert renderers
    for pid in renderers:
        status = Path(f"/proc/{pid}/status").read_text()
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert fields["Seccomp"].strip() == "2"
        assert fields["Uid"].split()[0] != "0"
        assert Path(f"/proc/{pid}/ns/pid").readlink() != Path("/proc/self/ns/pid").readlink()
    assert _listening_inodes(browser.pid) == []


def _listening_inodes(group: int) -> list[str]:
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A":
                listening.add(f"socket:[{columns[9]}]")
    found = []
    for pid in processes_of(group):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = str(handle.readlink())
            except OSError:
                continue
            if target in listening:
                found.append(target)
    return found


def test_start_is_quick() -> None:
    seconds = []
    for _ in range(3):
        started = time.monotonic()
        with launch(BrowserConfig(executable=find_browser())):
            seconds.append(time.monotonic() - started)
    assert min(seconds) < 0.6 * BUSY
