"""Sounds of films that are being shaped, mixed as the film's will be, to be played beside them."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path

from helios.executors.call import MixCall
from helios.files.hold import sweep, temporary_folder
from helios.model.export import ExportConfig
from helios.server.apart import TIMEOUT_S, asked_apart
from helios.server.shapes import Mix

KEPT = 4
"""Of films that were listened to last; an hour of one has 700 MB."""


class MixShelf:
    """The mixes that were made last.

    Args:
        folder: where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, mix_id: str) -> Path | None:
        """The file of a mix; None if there is none of that id, or no longer."""
        path = self._folder / f"{mix_id}.wav"
        return path if mix_id.isalnum() and path.is_file() else None

    def make(
        self,
        config: ExportConfig,
        *,
        base: Path,
        cancel: threading.Event | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Mix | None:
        """Mix the sound of a film; None where nothing is heard in it.

        Args:
            config: the film.
            base: where relative names of compositions lead.
            cancel: ends it when it is set.
            timeout_s: the longest it may take.

        Raises:
            HeliosError: it cannot be planned or mixed, or not in time.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        sweep(self._folder)
        with temporary_folder(self._folder) as folder:
            made = folder / "mix.wav"
            call = MixCall(config=config.to_json(), folder=base, sound=made)
            reply = asked_apart(call, cancel, timeout_s)
            if reply.mix is None:
                return None
            mix_id = secrets.token_hex(16)
            made.replace(self._folder / f"{mix_id}.wav")
        self._keep_last()
        return Mix(id=mix_id, duration=reply.mix.duration)

    def _keep_last(self) -> None:
        by_age = sorted(self._folder.glob("*.wav"), key=lambda path: path.stat().st_mtime_ns)
        for old in by_age[:-KEPT]:
            old.unlink(missing_ok=True)
