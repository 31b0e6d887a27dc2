"""Which Chromium to drive."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

from helios.errors import BrowserNotFound
from helios.process.child import PIPE, Spawn, start
from helios.remedies.table import Fault, remedy

MIN_VERSION = 120
_VERSION_TIMEOUT_S = 5.0
ENVIRONMENT_VARIABLE = "HELIOS_CHROMIUM"
_HEADLESS_SHELLS = ("chromium-headless-shell", "chrome-headless-shell", "headless-shell")
_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "microsoft-edge-stable",
    "brave-browser",
)
_PLACES = (
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/usr/lib64/chromium",
    "/usr/lib64/chromium-browser",
    "/opt/google/chrome",
    "/Applications/Google Chrome.app/Contents/MacOS",
    "/Applications/Chromium.app/Contents/MacOS",
)
_MAC_NAMES = ("Google Chrome", "Chromium")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserExecutable:
    """A browser that can be started."""

    path: Path
    is_headless_shell: bool
    """Whether it draws frames on command (beginFrame)."""


def find_browser(*, need_headless_shell: bool = False) -> BrowserExecutable:
    """The browser to use: ``HELIOS_CHROMIUM``, chromium-headless-shell, then any Chromium.

    Raises:
        BrowserNotFound: none that fits; the hint says how to get one on this system.
    """
    chosen = os.environ.get(ENVIRONMENT_VARIABLE)
    if chosen:
        return _from_environment(chosen, need_headless_shell=need_headless_shell)
    for name in _HEADLESS_SHELLS:
        path = _locate(name)
        if path is not None:
            return BrowserExecutable(path=path, is_headless_shell=True)
    if need_headless_shell:
        raise BrowserNotFound(
            "chromium-headless-shell is not installed", hint=remedy(Fault.NO_BROWSER)
        )
    stub: Path | None = None
    for name in (*_BROWSERS, *_MAC_NAMES):
        path = _locate(name)
        if path is None:
            continue
        if is_snap_stub(path):
            stub = path
            continue
        return BrowserExecutable(path=path, is_headless_shell=False)
    if stub is not None:
        raise BrowserNotFound(
            f"{stub} is only Ubuntu's stub for the Chromium snap, which cannot be driven",
            hint=remedy(Fault.NO_BROWSER),
        )
    raise BrowserNotFound("no Chromium or Chrome was found", hint=remedy(Fault.NO_BROWSER))


def stated_version(path: Path) -> str:
    """What the browser says with ``--version``; empty when it says nothing."""
    try:
        child = start(Spawn(argv=[str(path), "--version"], stdout=PIPE))
    except OSError:
        return ""
    child.wait(_VERSION_TIMEOUT_S)
    child.signal(SIGKILL)
    assert child.stdout is not None
    text = child.stdout.read(1000).decode(errors="replace")
    child.stop(grace_s=0)
    return text


def demand_version(path: Path, text: str) -> None:
    """Refuse a browser that says it is too old; one that is newer than we know may work.

    Raises:
        BrowserNotFound: it is.
    """
    found = re.search(r"(?:Chrom\w*|Edg\w*)\D{0,12}(\d+)\.\d", text)
    if found and int(found[1]) < MIN_VERSION:
        raise BrowserNotFound(
            f"{path} is Chromium {found[1]}; {MIN_VERSION} or newer is needed",
            hint=remedy(Fault.NO_BROWSER),
        )


def is_snap_stub(path: Path) -> bool:
    """Whether this is a script that only forwards to a snap."""
    resolved = path.resolve()
    if resolved.parts[:2] == ("/", "snap") or resolved.name == "snap":
        return True
    try:
        with resolved.open("rb") as stream:
            head = stream.read(4096)
    except OSError:
        return False
    return head.startswith(b"#!") and b"snap" in head and b"chromium" in head


def _from_environment(text: str, *, need_headless_shell: bool) -> BrowserExecutable:
    found = shutil.which(text)
    if found is None:
        raise BrowserNotFound(
            f"{ENVIRONMENT_VARIABLE} names {text}, which is not an executable file",
            hint=remedy(Fault.NO_BROWSER),
        )
    path = _unwrapped(Path(found))
    is_shell = "headless" in path.name
    if need_headless_shell and not is_shell:
        raise BrowserNotFound(
            f"{ENVIRONMENT_VARIABLE} names {text}, which is not a chromium-headless-shell",
            hint=remedy(Fault.NO_BROWSER),
        )
    return BrowserExecutable(path=path, is_headless_shell=is_shell)


def _locate(name: str) -> Path | None:
    found = shutil.which(name)
    if found is not None:
        return _unwrapped(Path(found))
    for place in _PLACES:
        path = Path(place, name)
        if path.is_file() and os.access(path, os.X_OK):
            return path
    return None


def _unwrapped(path: Path) -> Path:
    """Debian's /usr/bin scripts add flags of their own: take the binary behind them."""
    binary = Path("/usr/lib/chromium", path.name)
    if path.parent == Path("/usr/bin") and binary.is_file() and os.access(binary, os.X_OK):
        return binary
    return path
