"""Answers the calls of the process that holds this one."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import Annotated

from pydantic import Field, TypeAdapter

from helios.commit.record import ChunkFolder
from helios.errors import HeliosError, RenderError
from helios.executors.call import ChunkCall, InspectCall, Reply, reply_from_error
from helios.rendering.draw import render_chunk
from helios.rendering.studio import Studio


class ChunkServer:
    """Answers calls until standard input ends."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._out = os.fdopen(os.dup(1), "wb", buffering=0)
        # Whatever a composition or a library prints must not mix with the protocol.
        os.dup2(2, 1)

    def serve(self, studio: Studio) -> None:
        """Answer until the holder has gone, or needs no more."""
        threading.Thread(target=self._read_calls, name="helios-holder", daemon=True).start()
        while (line := self._calls.get()) is not None:
            self._answer(studio, line)

    def _answer(self, studio: Studio, line: bytes) -> None:
        try:
            self._send(self._run(studio, _CALLS.validate_json(line)))
        except HeliosError as error:
            self._send(reply_from_error(error))
        except Exception as error:  # noqa: BLE001 - the holder must hear of it
            import traceback

            traceback.print_exc()
            self._send(reply_from_error(RenderError(f"{type(error).__name__}: {error}")))

    def _run(self, studio: Studio, call: InspectCall | ChunkCall) -> Reply:
        if isinstance(call, InspectCall):
            facts = studio.inspect(call.composition, call.options, call.sounds_folder)
            return Reply(event="facts", facts=facts)
        folder = ChunkFolder(call.folder)
        done = folder.finished(call.output_name, call.settings_digest)
        if done is not None:
            return Reply(event="committed", record=done, cached=True)
        source = studio.open_source(call)
        try:
            record = render_chunk(
                call, source, lambda frames: self._send(Reply(event="progress", frames=frames))
            )
        except BaseException:
            source.close()
            raise
        studio.keep(call, source)
        return Reply(event="committed", record=record)

    def _send(self, reply: Reply) -> None:
        with suppress(BrokenPipeError):
            self._out.write(reply.model_dump_json(exclude_defaults=True).encode() + b"\n")

    def _read_calls(self) -> None:
        for line in sys.stdin.buffer:
            self._calls.put(line)
        self._calls.put(None)
        # A holder that only closed the pipe waits; one that died will not.
        time.sleep(5)
        os.killpg(0, signal.SIGKILL)


_CALLS: TypeAdapter[InspectCall | ChunkCall] = TypeAdapter(
    Annotated[InspectCall | ChunkCall, Field(discriminator="op")]
)
