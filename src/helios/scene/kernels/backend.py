"""The seam between what a scene is at one moment and what draws it.

A back end is a class that is a :class:`Kernels` and is made by ``class_(format, threads)``. It is
named in one line of :class:`helios.model.backends.Backend`; nothing else knows it.

What a back end on a graphics card will need is in the protocol: ``submit`` does not wait, ``depth``
pictures may be read back at once, and a picture is planes that an encoder takes. How it packs a
frame, and whether it draws a large picture in strips, is its own affair.
"""

from __future__ import annotations

from concurrent.futures import Future
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from helios.errors import OptionError
from helios.model.backends import Backend
from helios.model.picture import Picture, PixelFormat
from helios.scene.kernels.frames import SceneFrame


class Kernels(Protocol):
    """Draws scene frames. Used by one thread at a time.

    The bytes depend on the frame alone, on one machine; back ends, and machines, agree to at least
    50 dB.
    """

    @property
    def depth(self) -> int:
        """How many pictures there are buffers for, at least 1.

        A picture's planes stay as they are until ``depth`` more frames have been submitted.
        """
        ...

    def submit(self, frame: SceneFrame) -> Future[Picture]:
        """Begin to draw ``frame``; pictures are finished in the order of their submission.

        The picture is ``frame.width`` by ``frame.height`` pixels, in the format that the kernels
        were opened with: RGB24 is one plane (H, W, 3) uint8, sRGB; YUV420P is three planes
        (H, W), (H/2, W/2), (H/2, W/2) uint8, BT.709 limited, chroma sited left; YUV420P10 the same
        in uint16. Sizes may change from frame to frame, which makes new buffers.

        The future raises:
            EnvironmentProblem: the device is gone or lacks memory. These kernels are of no more
                use; new ones may draw the same frame again.
        """
        ...

    def close(self) -> None:
        """Let go of threads, buffers and the device; what was submitted is finished or cancelled.
        May be called again."""
        ...


def open_kernels(
    backend: Backend | str = Backend.AUTO,
    *,
    format: PixelFormat = PixelFormat.YUV420P,  # noqa: A002 - as in Picture
    threads: int | None = None,
) -> Kernels:
    """Kernels that draw pictures in ``format``: RGB24, YUV420P or YUV420P10.

    ``threads`` limits the processor's cores that are used (None: all of them); pixels do not depend
    on it.

    Raises:
        OptionError: no such back end.
        EnvironmentProblem: it cannot work on this machine.
    """
    return cast("Kernels", _implementation(backend)(format, threads))


def compiled_in(backend: Backend | str = Backend.AUTO) -> Path:
    """The folder that keeps what a back end compiles, for exactly this version of it.

    Raises:
        OptionError: no such back end.
        EnvironmentProblem: it cannot work on this machine.
    """
    return cast("Path", _implementation(backend).compiled_in())


def _implementation(backend: Backend | str) -> Any:
    try:
        wanted = Backend(backend)
    except ValueError:
        raise OptionError(
            f"there is no kernel back end {str(backend)!r}",
            hint=f"There are: {', '.join(Backend)}.",
        ) from None
    module, _, name = wanted.implementation.partition(":")
    return getattr(import_module(module), name)
