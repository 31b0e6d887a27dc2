"""Small pictures of films that are being made, of the part that was finished last, and of films."""

from __future__ import annotations

import threading
from pathlib import Path

from helios.commit.record import RECORD_SUFFIX
from helios.errors import HeliosError
from helios.executors.call import GlanceCall
from helios.files.hold import sweep, temporary_folder
from helios.server.apart import asked_apart

_NAME = "glance.jpg"
_SIDE = 320
_PATIENCE_S = 60.0


class Glances:
    """Pictures of jobs, each kept in its job's folder until something newer is finished."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()

    def picture(self, folder: Path, film: Path | None) -> Path | None:
        """The file of a picture; None where nothing can be seen yet.

        Args:
            folder: of the job.
            film: if it is finished.
        """
        shown = film or _newest_part(folder)
        if shown is None:
            return None
        image = folder / _NAME
        with self._one_at_a_time:
            try:
                if not image.is_file() or image.stat().st_mtime_ns < shown.stat().st_mtime_ns:
                    self._look(shown, image, 1.0 if film is None else 0.5)
            except (HeliosError, OSError):
                # It is gone or joined meanwhile, or is no film: a card without a picture.
                return None
        return image

    @staticmethod
    def _look(film: Path, image: Path, share: float) -> None:
        sweep(image.parent)
        with temporary_folder(image.parent) as folder:
            made = folder / _NAME
            call = GlanceCall(film=film, image=made, share=share, side=_SIDE)
            asked_apart(call, None, _PATIENCE_S)
            made.replace(image)


def _newest_part(folder: Path) -> Path | None:
    """The part of a film that was finished last."""
    records = folder.glob(f".helios-*/*{RECORD_SUFFIX}")
    parts = [record.with_name(record.name.removesuffix(RECORD_SUFFIX)) for record in records]
    there = [part for part in parts if part.is_file()]
    return max(there, key=lambda part: part.stat().st_mtime_ns, default=None)
