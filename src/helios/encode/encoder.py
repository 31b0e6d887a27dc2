"""Pictures in, one video file out; drawing and encoding overlap."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from queue import Queue
from types import TracebackType
from typing import Self

import av
from av.video.stream import VideoStream

from helios.encode.convert import PictureConverter
from helios.encode.parameters import decoding_delay
from helios.encode.stream import matrix_of, open_encoder
from helios.encode.threads import give_back_priority
from helios.errors import EncodeError
from helios.files.whole import sync_file
from helios.media.fault import write_fault
from helios.model.encoding import EncodeSettings
from helios.model.formats import MUXERS
from helios.model.picture import Picture

QUEUE_FRAMES = 3
"""Frames that may wait for the encoder; memory does not grow beyond them. Of large ones only one
may: two more would be 0.2 GB at 8192x8192."""


class ChunkEncoder:
    """Encodes the frames of one chunk, video only, first pts 0.

    ``write`` converts a picture at once, so that its planes may be used again, and hands the
    frame to an encoder thread. An error of that thread is raised by the next call.

    Raises:
        EnvironmentProblem: the encoder needs hardware that is not there.
        OutputNotWritable, DiskFull, EncodeError: the file cannot be written.
    """

    def __init__(self, path: Path, settings: EncodeSettings) -> None:
        self.path = path
        self.settings = settings
        self.frame_count = 0
        self._converter = PictureConverter(
            settings.pixel_format, settings.width, settings.height, matrix=matrix_of(settings)
        )
        self._queue: Queue[av.VideoFrame | None] = Queue(1 if settings.is_large else QUEUE_FRAMES)
        self._error: Exception | None = None
        self._stopping = False
        self._closed = False
        self._packets = 0
        self._delay = decoding_delay(settings)
        try:
            self._container = av.open(
                os.fspath(path.absolute()),
                "w",
                format=MUXERS.get(settings.container, settings.container),
                options={"fflags": "+bitexact"},  # no random identifiers in Matroska
            )
            self._stream = open_encoder(self._container, settings)
            self._container.start_encoding()
        except Exception as error:
            self._discard()
            raise write_fault(error, path) from error
        self._thread = threading.Thread(target=self._run, name="helios-encoder", daemon=True)
        self._thread.start()

    def write(self, picture: Picture) -> None:
        """Add the next frame.

        Raises:
            EncodeError: the picture does not fit the film, or encoding failed.
            DiskFull: no space is left.
        """
        self._raise_error()
        self._hand_over(self._converter.convert(picture))

    def write_frame(self, frame: av.VideoFrame) -> None:
        """Add a decoded frame of the film's size as the next one; its colour tags are believed.

        Raises:
            EncodeError: the frame does not fit the film, or encoding failed.
            DiskFull: no space is left.
        """
        self._raise_error()
        self._hand_over(self._converter.convert_frame(frame, self.frame_count))

    def finish(self) -> None:
        """Encode what waits, close the file and make sure it is on the disk.

        Raises:
            EncodeError, DiskFull: the file could not be completed; it is removed.
        """
        if self._closed:
            return
        try:
            self._stop()
            if self._error is None and self.frame_count == 0:
                self._error = EncodeError(f"no frames were written to {self.path.name}")
            self._raise_error()
            sync_file(self.path)
        except BaseException:
            self._closed = False
            self.abort()
            raise

    def abort(self) -> None:
        """Stop at once and remove the file; safe to call at any time."""
        if not self._closed:
            self._stopping = True
            self._stop()
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.abort()

    def _hand_over(self, frame: av.VideoFrame) -> None:
        frame.pts = self.frame_count
        frame.time_base = 1 / self.settings.fps
        self.frame_count += 1
        self._queue.put(frame)

    def _stop(self) -> None:
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise write_fault(self._error, self.path) from self._error

    def _run(self) -> None:
        frame: av.VideoFrame | None = None
        is_first = True
        try:
            while (frame := self._queue.get()) is not None and not self._stopping:
                self._mux(self._stream.encode(frame))
                if is_first:
                    # The first frame opens the encoder.
                    give_back_priority()
                    is_first = False
            if not self._stopping:
                self._mux(self._stream.encode(None))
            self._container.close()
        except Exception as error:  # noqa: BLE001 - raised again by the caller's next call
            self._error = error
            with contextlib.suppress(Exception):
                self._container.close()
        while frame is not None:
            frame = self._queue.get()

    def _mux(self, packets: list[av.Packet[VideoStream]]) -> None:
        for packet in packets:
            # x265 leaves the decoding times of the first packets of tiny chunks undefined.
            packet.dts = self._packets - self._delay
            packet.duration = 1
            self._packets += 1
            self._container.mux_one(packet)

    def _discard(self) -> None:
        container = getattr(self, "_container", None)
        if container is not None:
            with contextlib.suppress(Exception):
                container.close()
            self.path.unlink(missing_ok=True)
