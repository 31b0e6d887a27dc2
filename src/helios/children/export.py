"""Make one film of a configuration, with workers of its own."""

from __future__ import annotations

import importlib
import time
from functools import partial, reduce
from typing import Any

from helios.children.signals import stopped_by_signal
from helios.errors import Cancelled, UsageError
from helios.executors.call import ExportCall, ExportDone, Reply
from helios.executors.engine import open_engine
from helios.executors.serve import Send
from helios.model.progress import Progress
from helios.rendering.cancellation import Cancellation
from helios.rendering.pipeline import ExportPipeline

_EVERY_S = 0.1


def export(call: ExportCall, send: Send) -> Reply:
    """Make the film; SIGTERM stops it, and what is finished is kept.

    Raises:
        HeliosError: what failed.
    """
    cancellation, told = Cancellation(), _Told(send)
    render = named_object(call.render_function)
    with (
        open_engine(call.executor, needs=call.needs) as engine,
        stopped_by_signal(cancellation.cancel),
    ):
        if engine is not None:
            render = partial(render, engine=engine)
        pipeline = ExportPipeline(call.folder, render=render)
        try:
            result = pipeline.export(call.config, told.progress, cancellation, keep_chunks=True)
        except Cancelled:
            return Reply(event="stopped")
    done = ExportDone(
        output_path=str(result.output_path),
        duration_s=result.duration,
        seconds=result.seconds,
        frame_count=result.frame_count,
        rendered_chunks=result.rendered_chunks,
    )
    return Reply(event="done", film=done)


def named_object(name: str) -> Any:
    """The object that ``module:name`` names.

    Raises:
        UsageError: there is no such object.
    """
    module, _, path = name.partition(":")
    try:
        return reduce(getattr, path.split("."), importlib.import_module(module))
    except (ImportError, AttributeError) as error:
        raise UsageError(f"no render function {name!r}: {error}") from error


class _Told:
    """Passes on how far the film is, not too often."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._at = 0.0

    def progress(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._at >= _EVERY_S or progress.fraction >= 1:
            self._at = now
            self._send(Reply(event="progress", progress=progress))
