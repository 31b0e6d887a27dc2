"""``python -m helios.queue.export_child``: the process that makes one film of the queue.

Reads a call from standard input and answers on standard output, a JSON object per line. When
standard input ends, its holder is gone, and it goes too, with everything it started.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from functools import reduce
from typing import Any

from helios.errors import Cancelled, HeliosError, RenderError, UsageError
from helios.model.progress import Progress
from helios.process.child import die_with_parent
from helios.queue.export_call import ExportCall, ExportDone, ExportReply
from helios.rendering.orchestrator import Cancellation
from helios.rendering.pipeline import ExportPipeline

_EVERY_S = 0.1


def named_object(name: str) -> Any:
    """The object that ``module:name`` names.

    Raises:
        UsageError: nothing.
    """
    module, _, path = name.partition(":")
    try:
        return reduce(getattr, path.split("."), importlib.import_module(module))
    except (ImportError, AttributeError) as error:
        raise UsageError(f"no render function {name!r}: {error}") from error


class _Talk:
    """The way back to the holder."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb", buffering=0)
        # Whatever a composition or a library prints must not mix with the protocol.
        os.dup2(2, 1)
        self._told = 0.0

    def send(self, reply: ExportReply) -> None:
        with suppress(BrokenPipeError):
            self._out.write(reply.model_dump_json(exclude_defaults=True).encode() + b"\n")

    def progress(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told >= _EVERY_S or progress.fraction >= 1:
            self._told = now
            self.send(ExportReply(event="progress", progress=progress))


def export(call: ExportCall, talk: _Talk, cancellation: Cancellation) -> ExportReply:
    """Make the film and say what came of it."""
    try:
        pipeline = ExportPipeline(call.folder, render=named_object(call.render_function))
        result = pipeline.export(call.config, talk.progress, cancellation, keep_chunks=True)
    except Cancelled:
        return ExportReply(event="stopped")
    except HeliosError as error:
        return ExportReply.of_error(error)
    except Exception as error:  # noqa: BLE001 - the holder must hear of it
        traceback.print_exc()
        return ExportReply.of_error(RenderError(f"{type(error).__name__}: {error}"))
    done = ExportDone(
        output_path=str(result.output_path),
        duration_s=result.duration,
        seconds=result.seconds,
        frame_count=result.frame_count,
        rendered_chunks=result.rendered_chunks,
    )
    return ExportReply(event="done", done=done)


def _leave_with_holder() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    """Make one film."""
    die_with_parent()
    cancellation = Cancellation()
    signal.signal(signal.SIGTERM, lambda *_: cancellation.cancel())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    talk = _Talk()
    call = ExportCall.model_validate_json(sys.stdin.buffer.readline())
    threading.Thread(target=_leave_with_holder, name="helios-holder", daemon=True).start()
    talk.send(export(call, talk, cancellation))
    return 0


if __name__ == "__main__":
    # Threads of an interrupted render need not be waited for.
    main()
    sys.stderr.flush()
    os._exit(0)
