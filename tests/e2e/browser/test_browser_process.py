"""The browser as a process: sandboxed, without a port, gone when we are."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from tests.busy import BUSY
from tests.commandline import ended_with_block

from helios.browser.find import find_browser
from helios.browser.launch import MAX_DATA_BYTES, MAX_PROCESSES, BrowserConfig, launch
from helios.files.hold import new_folder
from helios.process.confine import Isolation, possible_isolations

pytestmark = pytest.mark.browser
NONE = Isolation.NONE

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


@pytest.mark.parametrize("page", ["canvas.html", "busy.html"])
def test_kill_of_the_holder_leaves_no_process_and_no_profile(
    helpers: Any, tmp_path: Path, page: str
) -> None:
    """Also while a script of the page runs without end."""
    (tmp_path / "busy.html").write_text(
        "<canvas width=320 height=180></canvas><script>"
        "document.querySelector('canvas').getContext('2d');"
        "let n = 0; const draw = () => { if (n++ === 3) for (;;) {} requestAnimationFrame(draw); };"
        "requestAnimationFrame(draw);</script>"
    )
    folder = tmp_path if page == "busy.html" else helpers.pages
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder / page)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with ended_with_block(holder):
        pid, profile = holder.stdout.readline().split()
        assert with_profile(profile)

    def left() -> list[object]:
        return [*with_profile(profile), *processes_of(int(pid)), *Path(profile).glob("*")]

    deadline = time.monotonic() + 120
    while (left() or Path(profile).exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left() == []
    assert not Path(profile).exists()


def test_folders_of_killed_processes_are_swept_at_the_next_start() -> None:
    """Should even the janitor be killed: nobody holds the lock in the folder any more."""
    forgotten, held = new_folder(Path(tempfile.gettempdir()))
    (forgotten / "Default").mkdir()
    with launch(BrowserConfig(executable=find_browser())):
        assert forgotten.exists()
    held.close()
    with launch(BrowserConfig(executable=find_browser())) as browser:
        assert not forgotten.exists()
        with launch(BrowserConfig(executable=find_browser())):
            assert Path(browser.profile).exists()


@pytest.mark.parametrize("isolation", [*possible_isolations()])
def test_each_isolation_that_is_possible_here_works(
    isolation: Isolation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused namespaces are done without, down to none."""
    monkeypatch.setattr("helios.browser.launch.possible_isolations", lambda: (isolation, NONE))
    with launch(BrowserConfig(executable=find_browser())) as browser:
        assert browser.isolation is isolation
        own, theirs = (Path(f"/proc/{pid}/ns/net").readlink() for pid in ("self", browser.pid))
        assert (own == theirs) is (isolation is NONE)


def test_without_namespaces_the_browser_starts_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: int) -> None:
        raise OSError

    monkeypatch.setattr("helios.process.confine._unshare", refuse)
    with launch(BrowserConfig(executable=find_browser())) as browser:
        assert browser.isolation is NONE


def test_each_process_has_limits(browser: Any) -> None:
    for pid in processes_of(browser.pid):
        lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
        limits = {line[:26].strip(): line[26:].split()[1] for line in lines[1:]}
        assert int(limits["Max data size"]) <= MAX_DATA_BYTES
        assert limits["Max core file size"] == "0"
        if browser.isolation is Isolation.USER:
            assert int(limits["Max processes"]) <= MAX_PROCESSES


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


def test_the_browser_says_what_it_draws_webgl_with(browser: Any) -> None:
    from helios.browser.gpu import gl_renderer, is_gpu

    renderer = gl_renderer(browser)
    assert "ANGLE" in renderer
    assert not is_gpu(renderer)
