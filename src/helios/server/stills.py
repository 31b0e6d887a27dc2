"""Stills of what would be rendered, and what it would take: found out in a process of its own."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

from helios.errors import RenderError
from helios.executors.call import FilmCosts, MeasureCall, StillCall
from helios.files.hold import sweep, temporary_folder
from helios.model.export import ExportConfig
from helios.model.formats import export_type
from helios.model.options import RenderOptions
from helios.server.apart import TIMEOUT_S, asked_apart


def draw_still(
    config: ExportConfig,
    image: Path,
    at_s: float,
    *,
    side: int,
    base: Path,
    cancel: threading.Event | None = None,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Draw the frame at ``at_s``, no longer than ``side`` pixels, into the file ``image``.

    Args:
        config: the film that it is a still of.
        image: where it goes; its suffix says what kind of image it becomes.
        at_s: seconds into the film.
        side: the most pixels of width and height.
        base: where relative names of compositions lead.
        cancel: ends it when it is set.
        timeout_s: the longest it may take.

    Raises:
        RenderError: it could not be drawn, or not in time.
    """
    image.parent.mkdir(parents=True, exist_ok=True)
    sweep(image.parent)
    with temporary_folder(image.parent) as folder:
        drawn = folder / f"still{image.suffix}"
        call = StillCall(
            composition=config.composition,
            folder=base,
            options=still_options(config, Fraction(at_s), side),
            image=drawn,
        )
        asked_apart(call, cancel, timeout_s)
        drawn.replace(image)


def measure_film(
    config: ExportConfig,
    *,
    base: Path,
    cancel: threading.Event | None = None,
    timeout_s: float = TIMEOUT_S,
) -> FilmCosts:
    """What a film would take here, by stretches of it that are drawn, encoded and joined.

    Args:
        config: the film.
        base: where relative names of compositions lead.
        cancel: ends it when it is set.
        timeout_s: the longest it may take.

    Raises:
        HeliosError: it cannot be planned or drawn, or not in time.
    """
    reply = asked_apart(MeasureCall(config=config.to_json(), folder=base), cancel, timeout_s)
    if reply.costs is None:
        raise RenderError("the measurement ended without a result")
    return reply.costs


def still_options(config: ExportConfig, at_s: Fraction, side: int) -> RenderOptions:
    """The options of one frame at ``at_s``, no longer than ``side`` pixels."""
    options = config.options
    fps = options.fps or Fraction(30)
    kind = export_type(options.type or "flat-1080p-landscape")
    width, height = options.width or kind.width, options.height or kind.height
    scale = min(Fraction(1), Fraction(side, max(width, height)))
    frame = int(at_s * fps)
    values = {
        "fps": fps,
        "start_frame": frame,
        "frame_count": 1,
        "scale": scale,
        "width": width,
        "height": height,
    }
    if options.duration is not None:
        values["start_frame"] = min(frame, max(0, int(options.duration * fps) - 1))
    return options.changed(**values)
