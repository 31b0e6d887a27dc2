"""A picture of every template: drawn once, in the background, and kept by what it shows."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helios.errors import CompositionNotFound, HeliosError
from helios.model.export import ExportConfig
from helios.server.demo import DROP_S, write_demo_song
from helios.server.stills import draw_still
from helios.version import __version__

_log = logging.getLogger(__name__)
AT_S = DROP_S + 1
SIZE = {"width": 480, "height": 270}
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
        shown = f"{__version__} {AT_S} {SIZE} {self._sources[name]}"
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
        song = self._folder / "song.wav"
        if not song.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            write_demo_song(song)
        values: dict[str, Any] = {"composition": name, "audio": str(song), "fps": "30", **SIZE}
        config = ExportConfig.model_validate(values)
        self._draw(config, self._file(name), AT_S, side=SIZE["width"], base=self._folder)
        for old in self._folder.glob(f"{name}-*.jpg"):
            if old != self._file(name):
                old.unlink(missing_ok=True)
