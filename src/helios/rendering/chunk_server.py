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

from helios.commit.record import ChunkFolder, CommitRecord
from helios.errors import HeliosError, RenderError
from helios.executors.call import ChunkCall, InspectCall, Reply, reply_from_error
from helios.rendering.draw import render_chunks
from helios.rendering.studio import Studio


class ChunkServer:
    """Answers calls until standard input ends."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        # A chunk is committed on a thread of its own while the next one is drawn.
        self._sending = threading.Lock()
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
        missing = []
        for chunk in call.chunks:
            done = folder.finished(chunk.output_name, chunk.settings_digest)
            if done is not None:
                self.on_committed(chunk.id, done, cached=True)
            else:
                missing.append(chunk)
        if missing:
            source = studio.source_of(call)
            try:
                render_chunks(call, missing, source, self)
            except BaseException:
                source.close()
                raise
            studio.keep(call, source)
        return Reply(event="done")

    def on_frames(self, chunk_id: int, frames: int) -> None:
        """See ``RunListener``."""
        self._send(Reply(event="progress", chunk_id=chunk_id, frames=frames))

    def on_committed(self, chunk_id: int, record: CommitRecord, *, cached: bool = False) -> None:
        """See ``RunListener``."""
        self._send(Reply(event="committed", chunk_id=chunk_id, record=record, cached=cached))

    def _send(self, reply: Reply) -> None:
        with suppress(BrokenPipeError), self._sending:
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
