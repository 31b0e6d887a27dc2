"""Look at compositions and render their chunks."""

from __future__ import annotations

from helios.commit.record import ChunkRecords, CommitRecord
from helios.commit.store import open_store
from helios.drawing.host import CompositionHost
from helios.executors.call import ChunkCall, InspectCall, Reply
from helios.executors.serve import Send


def inspect(host: CompositionHost, call: InspectCall) -> Reply:
    """Look once at a composition.

    Raises:
        HeliosError: it cannot be loaded.
    """
    facts = host.inspect(
        call.composition, call.options, call.sounds_folder, others_follow=call.others_follow
    )
    return Reply(event="done", facts=facts)


def render(host: CompositionHost, call: ChunkCall, send: Send) -> Reply:
    """Render the chunks that are not finished.

    Raises:
        HeliosError: one cannot be rendered; those before it are committed.
    """
    records, told = ChunkRecords(open_store(call.store)), _Told(send)
    missing = []
    for chunk in call.chunks:
        done = records.finished(chunk.output_name, chunk.settings_digest)
        if done is not None:
            told.on_committed(chunk.id, done, cached=True)
        else:
            missing.append(chunk)
    if missing:
        from helios.drawing.chunks import render_chunks

        source = host.source_of(call)
        try:
            render_chunks(call, missing, source, told)
        except BaseException:
            source.close()
            raise
        host.keep(call, source)
    return Reply(event="done")


class _Told:
    """Passes on how the drawing goes on. A chunk is committed on a thread of its own while the
    next one is drawn."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def on_frames(self, chunk_id: int, frames: int) -> None:
        """See ``RunListener``."""
        self._send(Reply(event="drawn", chunk_id=chunk_id, frames=frames))

    def on_committed(self, chunk_id: int, record: CommitRecord, *, cached: bool = False) -> None:
        """See ``RunListener``."""
        self._send(Reply(event="committed", chunk_id=chunk_id, record=record, cached=cached))

    def on_print(self, chunk_id: int, line: str) -> None:
        """See ``RunListener``: what is printed in this process is heard by its holder."""
