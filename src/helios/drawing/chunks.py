"""Draw and encode chunks, and commit each of them."""

from __future__ import annotations

import errno
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from helios.commit.inputs import named_from
from helios.commit.record import ChunkRecords, CommitRecord
from helios.commit.store import open_store
from helios.drawing.samples import picture_digest, sampled
from helios.drawing.stillness import Stillness
from helios.errors import DiskFull, HeliosError, OutputNotWritable
from helios.executors.call import ChunkCall, ChunkRange, RunListener
from helios.files.whole import file_sha256, sync_file
from helios.model.picture import Picture

if TYPE_CHECKING:
    from helios.sources.source import FrameSource

_PROGRESS_EVERY_S = 0.1


class _Sink(Protocol):
    def write(self, picture: Picture) -> None: ...
    def finish(self) -> None: ...
    def abort(self) -> None: ...


def render_chunks(
    call: ChunkCall, chunks: Sequence[ChunkRange], source: FrameSource, listener: RunListener
) -> None:
    """Draw and encode chunks of a call, and commit each of them.

    Adjacent chunks are drawn without a pause between them: the next encoder is opened, and the
    last one's remaining frames and the disk are waited for, beside the drawing.

    Raises:
        RenderError: a frame could not be drawn or encoded; nothing unfinished is left behind.
        DiskFull: the payload did not fit.
    """
    open_store(call.store).sweep()
    with ThreadPoolExecutor(1, thread_name_prefix="helios-commit") as beside:
        for run in _adjacent(chunks):
            _render_run(call, run, source, listener, beside)


def _adjacent(chunks: Sequence[ChunkRange]) -> Iterator[list[ChunkRange]]:
    run: list[ChunkRange] = []
    for chunk in chunks:
        if run and chunk.start_frame != run[-1].end_frame:
            yield run
            run = []
        run.append(chunk)
    if run:
        yield run


def _render_run(
    call: ChunkCall,
    run: list[ChunkRange],
    source: FrameSource,
    listener: RunListener,
    beside: ThreadPoolExecutor,
) -> None:
    start = run[0].start_frame
    pictures = source.frames(start, run[-1].end_frame - start)
    # Two encoders of large pictures at once would need too much memory.
    is_large = call.encode.is_large
    opening: Future[_Attempt] | None = None
    finishing: Future[None] | None = None
    try:
        for chunk, next_chunk in zip_longest(run, run[1:]):
            attempt = opening.result() if opening else _Attempt(call, chunk)
            opening = None
            try:
                if next_chunk is not None and not is_large:
                    opening = beside.submit(_Attempt, call, next_chunk)
                attempt.draw(pictures, listener)
                if finishing is not None:
                    finishing.result()
            except BaseException:
                attempt.abort()
                raise
            finishing = beside.submit(attempt.finish, source.inputs(), source.warnings(), listener)
            if is_large:
                finishing.result()
    except BaseException:
        if opening is not None:
            with suppress(Exception):
                opening.result().abort()
        raise
    finally:
        if finishing is not None:
            finishing.result()


class _Attempt:
    """One try at a chunk, the only one at a time: a payload of no name until it is committed."""

    def __init__(self, call: ChunkCall, chunk: ChunkRange) -> None:
        self._call = call
        self._chunk = chunk
        self._store = open_store(call.store)
        self._records = ChunkRecords(self._store)
        self._seconds = 0.0
        self._stillness = Stillness()
        self._samples = sampled(chunk)
        self._digests: dict[int, str] = {}
        with ExitStack() as stack, _disk_errors(self._store.folder / chunk.output_name):
            if call.needs_right:
                stack.enter_context(self._records.reserved(chunk.output_name))
            if self._first() is None:
                self._records.discard(chunk.output_name)
            held = self._store.new_file(Path(chunk.output_name).suffix)
            stack.callback(held.close)
            self._path = held.path
            stack.callback(self._path.unlink, missing_ok=True)
            self._sink = _open_sink(call, self._path)
            self._open = stack.pop_all()

    def draw(self, pictures: Iterator[Picture], listener: RunListener) -> None:
        """Draw the chunk's frames and hand them to the encoder."""
        started = reported = time.monotonic()
        with _disk_errors(self._path):
            frame = self._chunk.start_frame
            for picture in islice(pictures, self._chunk.frame_count):
                self._stillness.see(picture)
                if frame in self._samples:
                    self._digests[frame] = picture_digest(picture)
                self._sink.write(picture)
                del picture  # else it would be held while the next is drawn
                frame += 1
                if time.monotonic() - reported > _PROGRESS_EVERY_S:
                    reported = time.monotonic()
                    listener.on_frames(self._chunk.id, frame - self._chunk.start_frame)
        self._seconds = time.monotonic() - started

    def finish(
        self,
        inputs: tuple[tuple[str, str], ...],
        warnings: tuple[str, ...],
        listener: RunListener,
    ) -> None:
        """Encode what waits, and commit."""
        with self._open, _disk_errors(self._path):
            self._sink.finish()
            if self._call.draw.request.frames is not None:
                self._list_images()
            record, is_first = self._commit(inputs, warnings)
        listener.on_committed(self._chunk.id, record, cached=not is_first)

    def abort(self) -> None:
        """Stop the encoder and leave nothing behind."""
        with self._open:
            self._sink.abort()

    def _list_images(self) -> None:
        """An image chunk's payload: the names and sizes of its images."""
        images = self._call.images or self._records.folder
        digits = max(5, len(str(self._call.draw.total_frames - 1)))
        frames = range(self._chunk.start_frame, self._chunk.end_frame)
        names = [f"{frame:0{digits}d}.{self._call.draw.request.frames}" for frame in frames]
        self._path.write_text(json.dumps({n: (images / n).stat().st_size for n in names}))

    def _commit(
        self, inputs: tuple[tuple[str, str], ...], warnings: tuple[str, ...]
    ) -> tuple[CommitRecord, bool]:
        """The record that counts, and whether it is ours: another machine may have been first."""
        chunk, attempt = self._chunk, self._path
        sync_file(attempt)
        record = CommitRecord(
            payload=chunk.output_name,
            size=attempt.stat().st_size,
            sha256=file_sha256(attempt),
            start_frame=chunk.start_frame,
            frame_count=chunk.frame_count,
            settings_digest=chunk.settings_digest,
            inputs=named_from(self._records.folder, inputs),
            frames=tuple(sorted(self._digests.items())),
            seconds=round(self._seconds, 4),
            warnings=warnings,
            still=self._stillness.name(),
        )
        # Who was frozen and goes on must not replace what another has finished meanwhile.
        if (first := self._first()) is not None:
            return first, False
        self._store.put(chunk.output_name, attempt, record.sha256)
        if not self._records.commit(chunk.output_name, record):
            first = self._records.read(chunk.output_name)
            if first is not None:
                if first.sha256 != record.sha256:
                    self._store.remove_payload(chunk.output_name, record.sha256)
                return first, False
        return record, True

    def _first(self) -> CommitRecord | None:
        """The record of another attempt that was first."""
        return self._records.finished(self._chunk.output_name, self._chunk.settings_digest)


def _open_sink(call: ChunkCall, attempt: Path) -> _Sink:
    draw = call.draw
    if draw.request.frames is None:
        from helios.encode.encoder import ChunkEncoder

        return ChunkEncoder(attempt, call.encode)
    from helios.encode.images import ImageSequenceWriter

    return ImageSequenceWriter(
        call.images or attempt.parent,
        draw.width,
        draw.height,
        last_frame=draw.total_frames - 1,
        image_format=draw.request.frames,
        transparent=draw.request.transparent,
    )


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """What the system says of a file becomes an error that says what to do."""
    try:
        yield
    except OSError as error:
        raise _disk_error(error, path) from error


def _disk_error(error: OSError, path: Path) -> HeliosError:
    if error.errno == errno.ENOSPC:
        return DiskFull(
            f"the disk is full: {path.parent}",
            hint="Free some space and run the same command again: finished chunks are kept.",
        )
    return OutputNotWritable(f"cannot write {path.parent}: {error.strerror or error}")
