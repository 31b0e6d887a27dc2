"""Stills of what would be rendered, drawn in a process of their own."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from helios.errors import Cancelled, RenderError
from helios.files.hold import sweep, temporary_folder
from helios.model.export import ExportConfig
from helios.process.command import run_command

TIMEOUT_S = 300.0
"""The first one on a machine compiles what draws, which takes a while."""


def draw_still(
    config: ExportConfig,
    image: Path,
    at_s: float,
    *,
    side: int,
    base: Path,
    cancel: threading.Event | None = None,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Draw the frame at ``at_s``, no longer than ``side`` pixels, into the file ``image``.

    Args:
        config: the film that it is a still of.
        image: where it goes; its suffix says what kind of image it becomes.
        at_s: seconds into the film.
        side: the most pixels of width and height.
        base: where relative names of compositions lead.
        cancel: ends it when it is set.
        timeout_s: the longest it may take.

    Raises:
        RenderError: it could not be drawn, or not in time.
    """
    image.parent.mkdir(parents=True, exist_ok=True)
    sweep(image.parent)
    with temporary_folder(image.parent) as folder:
        call, drawn = folder / "call.json", folder / f"still{image.suffix}"
        argv = [
            sys.executable,
            "-m",
            "helios.server.drawing",
            str(call),
            str(drawn),
            str(at_s),
            str(side),
        ]
        call.write_text(json.dumps(config.to_json()), "utf-8")
        try:
            with _deadline(cancel or threading.Event(), timeout_s) as expired:
                code, lines = run_command(argv, cwd=base, cancel=expired)
        except Cancelled:
            raise RenderError("the still took too long, or nobody waits for it") from None
        if code != 0 or not drawn.is_file():
            raise RenderError(lines[-1] if lines else "the still could not be drawn")
        drawn.replace(image)


@contextlib.contextmanager
def _deadline(cancel: threading.Event, timeout_s: float) -> Iterator[threading.Event]:
    """``cancel``, which is also set after ``timeout_s``."""
    timer = threading.Timer(timeout_s, cancel.set)
    timer.start()
    try:
        yield cancel
    finally:
        timer.cancel()
