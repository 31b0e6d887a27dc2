"""``helios-health``: exit code 0 if the server on this machine can do its work."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

from helios.errors import HeliosError

_PAGE = "<!doctype html><body style='background:#000;color:#fff'>Helios"


def main() -> int:
    """Ask ``/healthz``; draw a page and a scene until both have worked once."""
    try:
        problems = _asked_server() or _undrawable()
    except OSError as error:
        problems = [f"no drawing can be tried: {error}"]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _asked_server() -> list[str]:
    port = int(os.environ.get("HELIOS_PORT", "8787"))
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=4) as reply:
            status = json.load(reply)["status"]
    except (OSError, ValueError, KeyError) as error:
        return [f"the server: {error}"]
    return [] if status == "ok" else [f"the server: {status}"]


def _undrawable() -> list[str]:
    """What cannot be drawn here and why, found out by drawing it.

    Remembered when all could be, in the folder of temporary files: a container begins with an
    empty one, so that every start is judged.
    """
    remembered = Path(tempfile.gettempdir()) / f"helios-draws-{os.geteuid()}"
    if remembered.exists():
        return []
    kinds: dict[str, Callable[[], object]] = {"pages and subtitles": _page, "scenes": _scene}
    problems = []
    for kind, draw in kinds.items():
        try:
            draw()
        except (HeliosError, OSError) as error:
            hint = getattr(error, "hint", None)
            problems.append(f"{kind} cannot be drawn: {error}" + (f" ({hint})" if hint else ""))
    if not problems:
        remembered.touch()
    return problems


def _page() -> None:
    from helios.rendering.api import still

    with tempfile.TemporaryDirectory(prefix="helios-health-") as folder:
        page = Path(folder) / "page.html"
        page.write_text(_PAGE, encoding="utf-8")
        still(page, width=64, height=64, duration="1")


def _scene() -> None:
    from helios.rendering.api import still

    still("etherealFlame", width=64, height=64, duration="1")
