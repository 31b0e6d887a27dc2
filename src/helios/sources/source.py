"""The seam between what draws and what encodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from helios.model.picture import Picture


class FrameSource(Protocol):
    """Draws the frames of one composition at one size.

    A source is used by one thread and may be asked for several ranges, in any order. ``close`` is
    called exactly once, whatever happened before.
    """

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """Yield frames ``start_frame`` to ``start_frame + frame_count`` (exclusive), in order.

        A picture is valid until the next one is asked for. The pixels of a frame do not depend
        on where the range starts.

        Raises:
            RenderError: a frame could not be drawn; the message names it.
        """
        ...

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path or URL, SHA-256) of everything loaded so far."""
        ...

    def warnings(self) -> tuple[str, ...]:
        """What a user should know of the frames drawn so far, and nothing stopped at."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


@runtime_checkable
class Talking(Protocol):
    """A source whose composition has a console."""

    def console(self) -> tuple[str, ...]:
        """The last lines that it told it, such as ``log: here``."""
        ...
