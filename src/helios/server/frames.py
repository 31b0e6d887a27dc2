"""Frames of films as ZIP: drawn, packed and sent one after the other, never kept."""

from __future__ import annotations

import io
import secrets
import threading
import time
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from helios.errors import RenderError
from helios.executors.call import PreviewPicture
from helios.model.export import ExportConfig
from helios.preview.service import PreviewRequest, PreviewService

KEPT = 64
"""Of the films that were asked for last; each is some kilobytes of settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSet:
    """Frames of a film that somebody wants."""

    id: str
    name: str
    """Of the ZIP, and of its folder."""
    request: PreviewRequest
    width: int
    height: int


class FrameShelf:
    """What frames were asked for; they are drawn when they are fetched.

    Args:
        previews: what draws them.
    """

    def __init__(self, previews: PreviewService) -> None:
        self._previews = previews
        self._asked: OrderedDict[str, FrameSet] = OrderedDict()
        self._changing = threading.Lock()

    def ask(self, config: ExportConfig, request: PreviewRequest) -> FrameSet:
        """Draw the first frame of a film's range, which finds out whether the others can be.

        Raises:
            HeliosError: they cannot.
        """
        options = config.options
        wanted = replace(request, start_frame=options.start_frame, encoding="png")
        set_id = secrets.token_hex(16)
        first = next(self._previews.pictures(wanted, viewer=set_id), None)
        if first is None:
            raise RenderError("the server is being stopped")
        count = options.frame_count or first.total_frames - first.frame
        asked = FrameSet(
            id=set_id,
            name=f"{PurePath(config.output or request.composition).stem or 'film'}-frames",
            request=replace(wanted, frame_count=count),
            width=first.width,
            height=first.height,
        )
        with self._changing:
            self._asked[set_id] = asked
            while len(self._asked) > KEPT:
                self._asked.popitem(last=False)
        return asked

    def find(self, set_id: str) -> FrameSet | None:
        """What was asked for under an id, if it was lately."""
        with self._changing:
            return self._asked.get(set_id)

    def packed(self, asked: FrameSet) -> Iterator[bytes]:
        """The ZIP in pieces, each drawn when it is taken.

        Raises:
            RenderError: a frame is missing: what was sent must not be taken for the whole.
        """
        # Fetched twice at once, both get all frames.
        viewer = f"{asked.id}-{secrets.token_hex(4)}"
        return zipped(self._previews.pictures(asked.request, viewer=viewer), asked)


def zipped(pictures: Iterator[PreviewPicture], asked: FrameSet) -> Iterator[bytes]:
    """A ZIP of pictures in pieces: one for each picture, and the table of them.

    Raises:
        RenderError: there are fewer pictures than were asked for.
    """
    out = _Passing()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for count, picture in enumerate(pictures, 1):
            entry = zipfile.ZipInfo(f"{asked.name}/{picture.frame:06d}.png", time.localtime()[:6])
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, picture.data)
            yield out.taken()
            if count == asked.request.frame_count:
                break
        else:
            raise RenderError("the frames have ended before the last one")
    yield out.taken()


class _Passing(io.RawIOBase):
    """A file of which only what was written last is here: a ZIP's entries are begun before their
    sizes are known, and these are written once the entry is there."""

    def __init__(self) -> None:
        self._gone = 0
        self._here = io.BytesIO()

    def taken(self) -> bytes:
        """What is here, which goes."""
        content = self._here.getvalue()
        self._gone += len(content)
        self._here = io.BytesIO()
        return content

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        return self._here.write(content)  # type: ignore[arg-type]

    def tell(self) -> int:
        return self._gone + self._here.tell()

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET:
            place -= self._gone
        return self._gone + self._here.seek(place, whence)
