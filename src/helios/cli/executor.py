"""``helios executor``: clusters to try with."""

from __future__ import annotations

import signal
import threading
from typing import Annotated, Literal

from cyclopts import Parameter

from helios.cli.flags import check_port
from helios.errors import OptionError
from helios.executors.on_dask import local_dask


def dask(
    action: Literal["up"],
    /,
    *,
    workers: Annotated[int, Parameter(help="processes that draw, each a chunk at a time")] = 2,
    port: Annotated[int, Parameter(help="of the scheduler, on this machine only")] = 8786,
) -> int:
    """Start a Dask cluster on this machine, until Ctrl-C.

    It stands for a farm: films that are drawn through it are the same as without.

    helios executor dask up --workers 4

    helios render page.html -o film.mp4 --executor dask:tcp://127.0.0.1:8786
    """
    assert action == "up"
    if workers < 1:
        raise OptionError(f"--workers must be 1 or more, not {workers}")
    check_port(port)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with local_dask(workers, port) as address:
        print(f"{workers} worker{'s' if workers != 1 else ''} at {address}; Ctrl-C ends them")
        print(f"  helios render page.html -o film.mp4 --executor dask:{address}", flush=True)
        while not stopped.wait(0.5):
            pass
    return 0
