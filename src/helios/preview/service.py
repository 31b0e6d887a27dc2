"""Pictures of films that are being shaped, from one warm process."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from helios.errors import Cancelled, HeliosError, RenderError
from helios.executors.call import (
    LiveCall,
    PictureEncoding,
    PreviewCall,
    PreviewPicture,
    Reply,
    WordsCall,
)
from helios.executors.spawn import start_child
from helios.executors.worker import Worker
from helios.model.composition import CompositionKind
from helios.model.live_page import LivePage
from helios.model.options import RenderOptions
from helios.model.page_words import PageWords

BATCH_S = 0.1
"""How long a newer request may have to wait for the pictures that an older one is having drawn."""
PAGE_BATCH_S = 0.3
"""The same of pages: their next frame is asked for while one is drawn, so that frames in a row cost
half as much as each by itself."""
MAX_BATCH = 16
IDLE_S = 300.0
"""Without a request for so long, the process is ended: it holds some hundred megabytes."""
STALL_S = 120.0
"""The longest that one picture may take; the first one compiles what draws."""
HUNG_S = 3.0
"""A process that has told nothing for so long when a file is saved is ended: a page whose script
runs without end would keep the saved one waiting."""
HEARING_STALL_S = 900.0
"""The same where a song is heard first, which may be hours long; what is heard is kept."""
_Asked = PreviewCall | WordsCall | LiveCall


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRequest:
    """Pictures of a film: frames ``start_frame``, ``start_frame + step``, and so on."""

    composition: str
    folder: Path
    """Where a relative name of the composition leads."""
    options: RenderOptions
    side: int
    """The most pixels of width and height."""
    start_frame: int = 0
    frame_count: int = 1
    step: int = 1
    encoding: PictureEncoding = "jpeg"

    def part(self, done: int, count: int) -> PreviewCall:
        """The call for ``count`` pictures after the first ``done``."""
        return PreviewCall(
            composition=self.composition,
            folder=self.folder,
            options=self.options,
            side=self.side,
            start_frame=self.start_frame + done * self.step,
            frame_count=count,
            step=self.step,
            encoding=self.encoding,
        )


class _SavedMeanwhile(RenderError):
    """What hung was ended, as its files have been saved since."""

    def __init__(self) -> None:
        super().__init__("the files were saved while this was drawn")
        self.retry = True


def _start_worker() -> Worker:
    return Worker(start_child("preview", own_temporary=True))


class PreviewService:
    """Draws pictures for viewers. Each viewer's latest request counts; older ones end.

    Pictures are the renderer's own, at another size. The process that draws them starts with the
    first request, keeps open what it drew last, and is started anew when it dies.
    """

    def __init__(
        self,
        start_worker: Callable[[], Worker] = _start_worker,
        *,
        idle_s: float = IDLE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._start_worker = start_worker
        self._idle_s = idle_s
        self._drawing = threading.Lock()
        self._worker: Worker | None = None
        self._latest: dict[str, object] = {}
        self._closed = threading.Event()
        self._ending = threading.Event()
        """Ends the call that is under way."""
        self._heard_at: float | None = None
        """When the call under way was begun, or told something last."""
        self._stamp: str | None = None
        self._idle: threading.Timer | None = None

    def pictures(self, request: PreviewRequest, *, viewer: str = "") -> Iterator[PreviewPicture]:
        """The pictures of a request, as far as the viewer does not ask for others meanwhile.

        Raises:
            HeliosError: the composition cannot be loaded or drawn.
        """
        turn = object()
        self._latest[viewer] = turn
        done, batch = 0, 1
        try:
            while done < request.frame_count:
                with self._drawing:
                    if self._closed.is_set() or self._latest.get(viewer) is not turn:
                        return
                    count = min(batch, request.frame_count - done)
                    began = self._clock()
                    drawn, _ = self._again(request.part(done, count))
                    each_s = (self._clock() - began) / count
                yield from drawn
                if drawn[-1].frame + request.step >= drawn[-1].total_frames:
                    return
                done += len(drawn)
                is_page = drawn[-1].kind is CompositionKind.PAGE
                batch_s = PAGE_BATCH_S if is_page else BATCH_S
                batch = max(1, min(MAX_BATCH, int(batch_s / max(each_s, 1e-4))))
        finally:
            if self._latest.get(viewer) is turn:
                del self._latest[viewer]

    def words(self, composition: str, folder: Path, options: RenderOptions) -> PageWords | None:
        """What a page says of itself; None of other kinds.

        Raises:
            HeliosError: it cannot be opened.
        """
        call = WordsCall(composition=composition, folder=folder, options=options)
        with self._drawing:
            if self._closed.is_set():
                return None
            _, last = self._again(call)
        return last.words

    def live(self, request: PreviewRequest) -> LivePage | None:
        """What the page of a film needs to live in another browser; None of what cannot.

        Raises:
            HeliosError: it cannot be opened.
        """
        with self._drawing:
            if self._closed.is_set():
                return None
            _, last = self._again(LiveCall(film=request.part(0, 1)))
        return last.live

    def files_are(self, stamp: str) -> None:
        """Hear that the files of what is drawn look like ``stamp``: with another one than before
        something was saved, and what hangs over the old files is drawn anew."""
        before, self._stamp = self._stamp, stamp
        heard_at = self._heard_at
        if before in (None, stamp) or heard_at is None:
            return
        if self._clock() - heard_at >= HUNG_S:
            self._ending.set()

    def close(self) -> None:
        """End the process; requests end where they are."""
        self._closed.set()
        self._ending.set()
        with self._drawing:
            self._end_worker()

    def _again(self, call: _Asked) -> tuple[list[PreviewPicture], Reply]:
        """What a call is answered with; a process that has died is replaced once."""
        fresh = self._worker is None
        try:
            return self._ask(call)
        except HeliosError as error:
            if (fresh and not isinstance(error, _SavedMeanwhile)) or not error.retry:
                raise
        return self._ask(call)

    def _ask(self, call: _Asked) -> tuple[list[PreviewPicture], Reply]:
        if self._worker is None:
            self._worker = self._start_worker()
        drawn: list[PreviewPicture] = []

        def heard(reply: Reply) -> None:
            self._heard_at = self._clock()
            if reply.picture is not None:
                drawn.append(reply.picture)

        options = call.film.options if isinstance(call, LiveCall) else call.options
        stall_s = HEARING_STALL_S if options.audio or options.react_to else STALL_S
        self._ending.clear()
        if self._closed.is_set():
            self._ending.set()
        self._heard_at = self._clock()
        try:
            last = self._worker.call(call, on_reply=heard, cancel=self._ending, stall_s=stall_s)
        except Cancelled:
            self._end_worker()
            ended = RenderError("the preview has ended")
            raise (ended if self._closed.is_set() else _SavedMeanwhile()) from None
        except HeliosError as error:
            if error.retry:  # the process has died or must not be used again
                self._end_worker()
            raise
        except BaseException:
            self._end_worker()
            raise
        finally:
            self._heard_at = None
        self._sleep_when_idle()
        return drawn, last

    def _sleep_when_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = threading.Timer(self._idle_s, self._sleep)
        self._idle.daemon = True
        self._idle.start()

    def _sleep(self) -> None:
        # Somebody who draws just now will set the timer again.
        if self._drawing.acquire(blocking=False):
            try:
                self._end_worker()
            finally:
                self._drawing.release()

    def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if self._idle is not None:
            self._idle.cancel()
        if worker is not None:
            with contextlib.suppress(OSError):
                worker.kill(0.0)
