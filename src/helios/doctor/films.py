"""Encoders, tried with a film each; scenes, and whether their kernels are compiled."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from helios.doctor.finding import Finding, ok, problem, warning
from helios.errors import HeliosError
from helios.remedies.table import Fault, extra_remedy, remedy
from helios.rendering.orchestrator import RenderOrchestrator
from helios.scene.kernels.backend import compiled_in

_CODECS = (("h264", "mp4"), ("hevc", "mp4"), ("vp9", "webm"), ("prores", "mov"))
_SCENE = "etherealFlame"
_SCENE_TYPES = (("flat-1080p-landscape", 144), ("360-mono-4k", 128), ("360-stereo-4k", 256))
"""Export types that use different kernels, with the height of a film 256 wide."""


def encoders() -> Iterator[Finding]:
    """A film in each codec, from the first frame to the finished file."""
    for codec, container in _CODECS:
        with tempfile.TemporaryDirectory(prefix="helios-doctor-") as folder:
            film = Path(folder) / f"film.{container}"
            try:
                RenderOrchestrator.render(
                    "helios.doctor.pattern:draw",
                    film,
                    video_codec=codec,
                    width=64,
                    height=64,
                    fps=30,
                    frame_count=3,
                    workers=1,
                )
            except HeliosError as error:
                yield problem(f"encoder {codec}", error.message, error.hint)
            else:
                yield ok(f"encoder {codec}", f"a test film: {film.stat().st_size} bytes")


def kernels() -> Iterator[Finding]:
    """Whether scenes start at once."""
    if find_spec("numba") is None:
        yield warning("scene kernels", "scenes cannot be drawn", extra_remedy("scene"))
        return
    folder = compiled_in()
    if any(folder.rglob("*.nbi")):
        yield ok("scene kernels", f"compiled: {folder}")
    else:
        yield warning(
            "scene kernels",
            "not compiled yet: the first scene takes about 20 s longer",
            remedy(Fault.KERNELS_NOT_COMPILED),
        )


def warm() -> None:
    """Compile the kernels of scenes, flat and 360.

    Raises:
        HeliosError: they cannot be compiled.
    """
    with tempfile.TemporaryDirectory(prefix="helios-doctor-") as folder:
        film = Path(folder) / "film.mp4"
        for kind, height in _SCENE_TYPES:
            RenderOrchestrator.render(
                _SCENE,
                film,
                type=kind,
                width=256,
                height=height,
                frame_count=2,
                workers=1,
                backend="cpu",
            )
