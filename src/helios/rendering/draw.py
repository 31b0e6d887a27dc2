"""Draw and encode one chunk, then commit it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from helios.commit.record import ChunkFolder, CommitRecord, file_sha256, sync_file
from helios.errors import DiskFull, HeliosError, OutputNotWritable
from helios.executors.call import ChunkCall
from helios.model.picture import Picture
from helios.model.timebase import frame_total

if TYPE_CHECKING:
    from collections.abc import Callable

    from helios.sources.source import FrameSource

_PROGRESS_EVERY_S = 0.1
_ENOSPC = 28


class _Sink(Protocol):
    def write(self, picture: Picture) -> None: ...


def render_chunk(
    call: ChunkCall, source: FrameSource, on_frames: Callable[[int], None]
) -> CommitRecord:
    """Draw and encode one chunk, then commit it.

    Raises:
        RenderError: a frame could not be drawn or encoded; nothing is left behind.
        DiskFull: the payload did not fit.
    """
    folder = ChunkFolder(call.folder)
    folder.discard(call.output_name)
    started = time.monotonic()
    suffix = Path(call.output_name).suffix
    attempt = call.folder / f".{call.output_name}.{os.getpid()}{suffix}"
    try:
        _write_frames(call, attempt, source, on_frames)
        return _commit(folder, call, attempt, source.inputs(), time.monotonic() - started)
    except OSError as error:
        raise _disk_error(error, attempt) from error
    finally:
        attempt.unlink(missing_ok=True)


def image_names(payload: Path) -> dict[str, int]:
    """Name and size of the images that an image chunk's payload lists.

    Raises:
        OSError, ValueError: it cannot be read.
    """
    names: dict[str, int] = json.loads(payload.read_text())
    return names


def _write_frames(
    call: ChunkCall, attempt: Path, source: FrameSource, on_frames: Callable[[int], None]
) -> None:
    start_frame, frame_count = call.options.start_frame, call.options.frame_count
    assert frame_count is not None
    reported = 0.0
    with _open_sink(call, attempt) as sink:
        for done, picture in enumerate(source.frames(start_frame, frame_count), 1):
            sink.write(picture)
            if time.monotonic() - reported > _PROGRESS_EVERY_S:
                reported = time.monotonic()
                on_frames(done)
    if call.options.frames is not None:
        images = call.folder.parent
        names = list(_image_paths(call))
        attempt.write_text(json.dumps({n: (images / n).stat().st_size for n in names}))


def _open_sink(call: ChunkCall, attempt: Path) -> AbstractContextManager[_Sink]:
    if call.options.frames is None:
        from helios.encode.encoder import ChunkEncoder
        from helios.model.encoding import EncodeSettings

        return ChunkEncoder(attempt, EncodeSettings.from_json(call.encode))
    from helios.encode.images import ImageSequenceWriter

    options = call.options
    assert options.width is not None
    assert options.height is not None
    return ImageSequenceWriter(
        call.folder.parent,
        options.width,
        options.height,
        last_frame=_last_frame(call),
        image_format=call.options.frames,
        transparent=options.transparent,
    )


def _image_paths(call: ChunkCall) -> Iterator[str]:
    digits = max(5, len(str(_last_frame(call))))
    start, count = call.options.start_frame, call.options.frame_count
    assert count is not None
    return (f"{frame:0{digits}d}.{call.options.frames}" for frame in range(start, start + count))


def _last_frame(call: ChunkCall) -> int:
    assert call.options.duration is not None
    assert call.options.fps is not None
    return frame_total(call.options.duration, call.options.fps) - 1


def _commit(
    folder: ChunkFolder,
    call: ChunkCall,
    attempt: Path,
    inputs: tuple[tuple[str, str], ...],
    seconds: float,
) -> CommitRecord:
    sync_file(attempt)
    assert call.options.frame_count is not None
    record = CommitRecord(
        payload=call.output_name,
        size=attempt.stat().st_size,
        sha256=file_sha256(attempt),
        start_frame=call.options.start_frame,
        frame_count=call.options.frame_count,
        settings_digest=call.settings_digest,
        inputs=inputs,
        seconds=round(seconds, 3),
    )
    attempt.replace(call.folder / call.output_name)
    if not folder.commit(call.output_name, record):
        first = folder.read(call.output_name)
        if first is not None:
            return first
    return record


def _disk_error(error: OSError, path: Path) -> HeliosError:
    if error.errno == _ENOSPC:
        return DiskFull(
            f"the disk is full: {path.parent}",
            hint="Free some space and run the same command again: finished chunks are kept.",
        )
    return OutputNotWritable(f"cannot write {path.parent}: {error.strerror or error}")
