"""The seam between what a scene is at one moment and what draws it.

A back end is a class that is a :class:`Kernels`, made by ``class_(format, threads, adapter)``. It
is named in one line of :class:`helios.model.backends.Backend`; nothing else knows it.

What a back end on a graphics card needs is in the protocol: ``submit`` does not wait, ``depth``
pictures may be read back at once, and a picture is planes that an encoder takes. How it packs a
frame, and whether it draws a large picture in strips, is its own affair.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
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
    adapter: str = "",
) -> Kernels:
    """Kernels that draw pictures in ``format``: RGB24, YUV420P or YUV420P10.

    ``threads`` limits the processor's cores that are used (None: all of them); pixels do not depend
    on it. ``adapter`` names the graphics card, for back ends that draw with one.

    Raises:
        OptionError: no such back end.
        EnvironmentProblem: it cannot work on this machine.
    """
    return cast("Kernels", _implementation(backend)(format, threads, adapter))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What draws the frames of a film, on every machine."""

    backend: Backend
    adapter: str = ""
    """The whole name of the graphics card, if one draws."""
    cards: int = 0
    """How many of that name this machine has."""
    warning: str = ""
    """Why a card that is there does not draw."""


def choose_backend(asked: Backend | str = Backend.AUTO, adapter: str = "") -> Choice:
    """Decide what draws, once for a film.

    ``auto`` takes a graphics card whose test picture is right, else the processor; ``adapter`` (a
    part of its name, or its number) takes that one.

    Raises:
        OptionError: no such back end, or the processor and a card are asked for.
        EnvironmentProblem: a card is asked for and there is none, or wgpu is not installed.
    """
    wanted = Backend(asked)
    if wanted is Backend.CPU:
        if adapter:
            raise OptionError(
                f"--adapter {adapter}: --backend cpu draws without a graphics card",
                hint="Leave one of them out.",
            )
        return Choice(backend=Backend.CPU)
    if wanted is Backend.AUTO and not adapter:
        from helios.scene.kernels.gpu.card import may_have_card

        if not may_have_card():
            return Choice(backend=Backend.CPU)
        from helios.scene.kernels.gpu.trial import best_card

        card, warning = best_card()
        if card is None:
            return Choice(backend=Backend.CPU, warning=warning)
    else:
        from helios.scene.kernels.gpu.card import adapters, choose

        card = choose(adapters(), adapter)
    from helios.scene.kernels.gpu.card import alike

    return Choice(backend=Backend.GPU, adapter=card.name, cards=len(alike(card)))


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
