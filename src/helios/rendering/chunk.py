"""``python -m helios.rendering.chunk``: the process that draws and encodes.

Reads calls from standard input and answers on standard output, a JSON object per line. When
standard input ends, its holder is gone, and it goes too, with everything it started. With
``--page`` the browser is started at once, beside the imports.
"""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from helios.executors.spawn import EXPECT_PAGE
from helios.process.child import die_with_parent

if TYPE_CHECKING:
    from helios.browser.launch import Browser

EXIT_CANCELLED = 143


def main() -> int:
    """Serve until the holder goes."""
    die_with_parent()
    signal.signal(signal.SIGTERM, _terminated)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    browser = _start_browser() if EXPECT_PAGE in sys.argv[1:] else None
    from helios.rendering.chunk_server import ChunkServer
    from helios.rendering.studio import Studio

    if browser is not None:
        _load_ahead()
    with Studio(browser) as studio:
        ChunkServer().serve(studio)
    return 0


def forked() -> int:
    """The same in a copy of a fork server, which has loaded what draws and encodes."""
    signal.signal(signal.SIGTERM, _terminated)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from helios.rendering.chunk_server import ChunkServer
    from helios.rendering.studio import Studio

    with Studio() as studio:
        ChunkServer().serve(studio)
    return 0


def load_for_forks() -> None:
    """Load what every worker needs; nothing here may start a thread."""
    for name in ("helios.rendering.chunk_server", "helios.encode.encoder", "helios.sources.python"):
        importlib.import_module(name)


def _start_browser() -> Future[Browser]:
    """A browser as most pages need it; one that cannot start is reported when it is needed."""
    future: Future[Browser] = Future()

    def run() -> None:
        try:
            from helios.browser.launch import launch

            future.set_result(launch())
        except Exception as error:  # noqa: BLE001 - raised again where the browser is used
            future.set_exception(error)

    threading.Thread(target=run, name="helios-browser-start", daemon=True).start()
    return future


def _load_ahead() -> None:
    """Load what looks at pages while the browser starts, and the encoder while it loads one."""
    importlib.import_module("helios.browser.inspect")
    encoder = "helios.encode.encoder"
    threading.Thread(target=importlib.import_module, args=(encoder,), daemon=True).start()


def _terminated(_number: int, _frame: object) -> None:
    raise SystemExit(EXIT_CANCELLED)


if __name__ == "__main__":
    raise SystemExit(main())
