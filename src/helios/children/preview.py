"""Draw pictures of films that are being shaped, and keep open what draws them."""

from __future__ import annotations

import io
from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from helios.drawing.host import CompositionHost, page_settings
from helios.errors import HeliosError, RenderError
from helios.executors.call import LiveCall, PreviewCall, PreviewPicture, Reply, WordsCall
from helios.executors.serve import Send
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions
from helios.model.picture import PixelFormat
from helios.planning.picture_size import picture_size
from helios.planning.resolve import check_transparency, resolve_frames
from helios.rendering.find import find_composition
from helios.rendering.places import absolute
from helios.rendering.prepare import requested
from helios.sources.rgb import to_pixels
from helios.sources.source import Talking

if TYPE_CHECKING:
    from collections.abc import Callable

    from helios.model.live_page import LivePage
    from helios.model.picture import Picture
    from helios.sources.source import FrameSource

KEPT = 2
"""Films that stay open: the one that is shown, and the one before it."""
_SAVED: dict[str, dict[str, Any]] = {
    "jpeg": {"format": "JPEG", "quality": 85},
    "webp": {"format": "WEBP", "quality": 80, "method": 0},
    "png": {"format": "PNG", "compress_level": 1},
}
"""Quick ways: a preview is looked at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    source: FrameSource
    kind: CompositionKind
    total_frames: int
    fps: Fraction
    keep_alpha: bool
    live: Callable[[], LivePage | None]
    """Gives what its page needs to live elsewhere, at the film's own size."""
    files: tuple[tuple[str, object], ...]
    """What it was made of, and how these files looked."""
    stack: ExitStack

    @property
    def is_current(self) -> bool:
        """Whether the files are as they were."""
        return all(_look_of(path) == look for path, look in self.files)


def read_words(host: CompositionHost, call: WordsCall) -> Reply:
    """What a page says of itself; others say nothing.

    Raises:
        HeliosError: there is no such composition.
    """
    target = find_composition(call.composition, call.folder, call.options.root)
    options = absolute(call.options, call.folder)
    return Reply(event="done", words=host.words_of(target, options))


class PreviewStage:
    """Answers calls for pictures."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Opened] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._open:
            self._close_oldest()

    def answer(self, call: PreviewCall | LiveCall, send: Send) -> Reply:
        """Answer a call about a film.

        Raises:
            HeliosError: the composition cannot be loaded or drawn.
        """
        return self.live(call) if isinstance(call, LiveCall) else self.draw(call, send)

    def draw(self, call: PreviewCall, send: Send) -> Reply:
        """Draw the pictures, each told as soon as it is there; where one fails after others, those
        are the answer, and the next call says why.

        Raises:
            HeliosError: the composition cannot be loaded or drawn.
        """
        key = call.film.model_dump_json()
        opened = self._current(key) or self._opened(key, call)
        last = opened.total_frames - 1
        first = min(call.start_frame, last)
        numbers = range(first, min(first + call.frame_count * call.step, last + 1), call.step)
        is_told = False
        try:
            for picture in _pictures(opened.source, numbers):
                send(Reply(event="picture", picture=_encoded(picture, opened, call)))
                is_told = True
        except BaseException as error:
            # What failed once, such as a page that has gone, is opened anew next time.
            self._open.pop(key).stack.close()
            if not is_told or not isinstance(error, HeliosError):
                raise
        return Reply(event="done")

    def live(self, call: LiveCall) -> Reply:
        """Say what the film's page needs to live elsewhere; of what cannot, nothing.

        Raises:
            HeliosError: it cannot be loaded.
        """
        key = call.film.film.model_dump_json()
        opened = self._current(key) or self._opened(key, call.film)
        return Reply(event="done", live=opened.live())

    def _current(self, key: str) -> _Opened | None:
        opened = self._open.get(key)
        if opened is None:
            return None
        if opened.is_current:
            self._open.move_to_end(key)
            return opened
        self._open.pop(key).stack.close()
        if opened.kind is CompositionKind.PYTHON:
            # Modules are imported once in a process.
            error = RenderError("the composition has changed on the disk")
            error.retry = True
            raise error
        return None

    def _opened(self, key: str, call: PreviewCall) -> _Opened:
        while len(self._open) >= KEPT:
            self._close_oldest()
        self._open[key] = opened = _open(call)
        return opened

    def _close_oldest(self) -> None:
        _, opened = self._open.popitem(last=False)
        opened.stack.close()


def _open(call: PreviewCall) -> _Opened:
    """Look at a composition, and open it at the size of the preview."""
    target, asked = requested(call.composition, call.options, call.folder)
    check_transparency(target.kind, asked)
    with ExitStack() as stack:
        host = stack.enter_context(CompositionHost())
        folder = stack.enter_context(TemporaryDirectory(prefix="helios-"))
        # How a page's pictures are taken depends on their size, and that may be the page's own.
        guessed = _at_side(target, asked, call.side, CompositionFacts(composition=target))
        facts = host.inspect(target, guessed, Path(folder))
        options = _at_side(target, asked, call.side, facts)
        if target.kind is CompositionKind.PAGE and options != guessed:
            facts = host.inspect(target, options, Path(folder))
        draw = resolve_frames(target.kind, options, facts).draw
        source = host.open_source(target, draw, facts, format=PixelFormat.RGB24)
        stack.callback(source.close)
        return _Opened(
            source=source,
            kind=target.kind,
            total_frames=draw.total_frames,
            fps=draw.fps,
            keep_alpha=options.transparent,
            live=partial(_live, target, asked, facts, source),
            files=tuple((path, _look_of(path)) for path, _ in facts.inputs),
            stack=stack.pop_all(),
        )


def _live(
    target: Composition, options: RenderOptions, facts: CompositionFacts, source: FrameSource
) -> LivePage | None:
    """What the page of a film needs to live elsewhere; None where that would not be the film."""
    from helios.sources.page import PageSource, live_page

    # What lies over it, is cut out of it or is made of several pictures is not the page alone.
    is_more = options.overlay or options.subtitles or options.loop_seamless
    if target.is_remote or is_more or options.selector or not isinstance(source, PageSource):
        return None
    settings = page_settings(resolve_frames(target.kind, options, facts).draw)
    return live_page(target, settings, source.flags())


def _at_side(
    target: Composition, options: RenderOptions, side: int, facts: CompositionFacts
) -> RenderOptions:
    """The options of the same film, no longer than ``side`` pixels."""
    full = picture_size(target.kind, options, facts)
    scale = min(Fraction(1), Fraction(side, max(full.width, full.height)))
    return options.changed(scale=options.scale * scale)


def _pictures(source: FrameSource, numbers: range) -> Any:
    if numbers.step == 1:
        yield from source.frames(numbers.start, len(numbers))
        return
    for number in numbers:
        yield from source.frames(number, 1)


def _encoded(picture: Picture, opened: _Opened, call: PreviewCall) -> PreviewPicture:
    from PIL import Image

    pixels = to_pixels(picture, keep_alpha=opened.keep_alpha and call.encoding != "jpeg")
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, **_SAVED[call.encoding])
    return PreviewPicture(
        frame=picture.frame,
        width=picture.width,
        height=picture.height,
        total_frames=opened.total_frames,
        fps=str(opened.fps),
        kind=opened.kind,
        console=opened.source.console() if isinstance(opened.source, Talking) else (),
        data=out.getvalue(),
    )


def _look_of(path: str) -> object:
    """What changes when a file is written."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
