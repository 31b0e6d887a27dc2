"""A picture of every template: drawn once, in the background, and kept by what it shows."""

from __future__ import annotations

import hashlib
import logging
import threading
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import helios
from helios.errors import CompositionNotFound, HeliosError
from helios.files.whole import new_file
from helios.model.export import ExportConfig
from helios.server.stills import draw_still

_log = logging.getLogger(__name__)
AT_S = 6.0
SIZE = {"width": 480, "height": 300}
_RATE = 16_000
Draw = Callable[..., None]


class Thumbnails:
    """Pictures of templates. Asking for one never waits.

    Args:
        folder: where they are kept.
        sources: the templates by name, as text; another text means another picture.
        draw: draws a still.
    """

    def __init__(self, folder: Path, sources: dict[str, str], draw: Draw = draw_still) -> None:
        self._folder = folder
        self._sources = sources
        self._draw = draw
        self._lock = threading.Lock()
        self._wanted: list[str] = []
        self._failed: set[str] = set()
        self._thread: threading.Thread | None = None

    def picture(self, name: str) -> Path | None:
        """The file of a template's picture; None while it is being drawn.

        Raises:
            CompositionNotFound: there is no such template, or it cannot be drawn.
        """
        if name not in self._sources or name in self._failed:
            raise CompositionNotFound(f"no picture of {name[:80]!r}")
        file = self._file(name)
        if file.is_file():
            return file
        with self._lock:
            if name not in self._wanted:
                self._wanted.append(name)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="helios-thumbnails", daemon=True
                )
                self._thread.start()
        return None

    def _file(self, name: str) -> Path:
        shown = f"{helios.__version__} {AT_S} {SIZE} {self._sources[name]}"
        return self._folder / f"{name}-{hashlib.sha256(shown.encode()).hexdigest()[:16]}.jpg"

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    self._thread = None
                    return
                name = self._wanted[0]
            try:
                self._make(name)
            except (HeliosError, OSError) as error:
                _log.warning("the picture of %s: %s", name, error)
                self._failed.add(name)
            with self._lock:
                self._wanted.remove(name)

    def _make(self, name: str) -> None:
        sound = self._folder / "sound.wav"
        if not sound.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            write_demo_sound(sound)
        values: dict[str, Any] = {"composition": name, "audio": str(sound), "fps": "30", **SIZE}
        config = ExportConfig.model_validate(values)
        self._draw(config, self._file(name), AT_S, side=SIZE["width"], base=self._folder)
        for old in self._folder.glob(f"{name}-*.jpg"):
            if old != self._file(name):
                old.unlink(missing_ok=True)


def write_demo_sound(path: Path, duration_s: float = AT_S + 1) -> None:
    """Some seconds of beats, chords and hiss: templates are dark in silence."""
    import numpy as np

    number = np.arange(int(duration_s * _RATE))
    time_s = number / _RATE
    beat, off_beat = time_s % 0.5, (time_s + 0.25) % 0.5
    kick = np.sin(330 * np.exp(-beat * 9)) * np.exp(-beat * 6)
    chord = sum(np.sin(2 * np.pi * hz * time_s) for hz in (110, 220, 277.2, 329.6)) / 4
    hiss = (number * 7919 % 4001 / 2000 - 1) * np.exp(-off_beat * 14)
    samples = np.rint(30_000 * (0.5 * kick + 0.32 * chord + 0.18 * hiss)).astype("<i2")
    with new_file(path) as temporary, wave.open(str(temporary), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(_RATE)
        out.writeframes(samples.tobytes())
