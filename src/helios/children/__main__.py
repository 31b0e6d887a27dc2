"""``python -m helios.children PURPOSE``: the process that does what its holder asks.

Reads calls from standard input and answers on standard output, a JSON object per line. When
standard input ends, its holder is gone, and it goes too, with everything it started. With
``--page`` the browser is started at once, beside the imports; whoever exports a film starts a
renderer at once, which does.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from helios.executors.spawn import EXPECT_PAGE, EXPORT, start_ahead, stop_unused
from helios.process.child import die_with_parent
from helios.process.collector import collect_seldom, end_without_looking

if TYPE_CHECKING:
    from helios.browser.launch import Browser

_SWITCH_S = 0.0005
"""Who hears from the browser waits no longer for a thread that loads or commits; Python's own is
ten times as long."""


def main() -> int:
    """Serve until the holder goes."""
    die_with_parent()
    _begin()
    expects_page = EXPECT_PAGE in sys.argv[1:]
    if EXPORT in sys.argv[1:]:
        return _export(expects_page=expects_page)
    browser = _start_browser() if expects_page else None
    with collect_seldom():
        from helios.children.answer import serve

        if browser is not None:
            _load_ahead()
    code = serve(browser)
    end_without_looking()
    return code


def _export(*, expects_page: bool) -> int:
    """Serve with a renderer that was started first of all."""
    start_ahead(expect_page=expects_page)
    try:
        from helios.children.answer import serve

        return serve()
    finally:
        stop_unused()


def forked() -> int:
    """The same in a copy of a fork server, which has loaded what draws and encodes."""
    _begin()
    from helios.children.answer import serve

    return serve()


def load_for_forks() -> None:
    """Load what every worker needs; nothing here may start a thread."""
    for name in (
        "av.subtitles.stream",  # PyAV's own, that it loads with the first encoder
        "helios.children.answer",
        "helios.children.signals",
        "helios.drawing.chunks",
        "helios.encode.encoder",
        "helios.sources.python",
    ):
        importlib.import_module(name)
    from helios.executors.call import ChunkCall, Reply

    for message in (ChunkCall, Reply):
        message.model_rebuild()  # its rules, that are made at first use


def _begin() -> None:
    sys.setswitchinterval(_SWITCH_S)
    from helios.children.signals import terminated

    signal.signal(signal.SIGTERM, terminated)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _start_browser() -> Future[Browser]:
    """A browser as most pages need it; one that cannot start is reported when it is needed."""
    future: Future[Browser] = Future()
    is_under_way = threading.Event()

    def run() -> None:
        try:
            from helios.browser.launch import launch

            future.set_result(launch(on_spawned=is_under_way.set))
        except Exception as error:  # noqa: BLE001 - raised again where the browser is used
            future.set_exception(error)
        finally:
            is_under_way.set()

    threading.Thread(target=run, name="helios-browser-start", daemon=True).start()
    # To load everything else beside it would only keep the browser waiting.
    is_under_way.wait()
    return future


def _load_ahead() -> None:
    """Load what opens pages while the browser starts, and what draws while it loads one."""
    importlib.import_module("helios.browser.inspect")
    threading.Thread(target=_load_drawing, name="helios-load", daemon=True).start()


def _load_drawing() -> None:
    for name in ("helios.browser.choose", "helios.encode.encoder", "helios.drawing.chunks"):
        importlib.import_module(name)


if __name__ == "__main__":
    try:
        code = main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    # Threads of an interrupted render need not be waited for, nor modules be taken down.
    sys.stderr.flush()
    os._exit(code)
