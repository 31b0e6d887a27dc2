"""Films that are made one after the other while a program asks how far they are."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helios.errors import Cancelled, HeliosError, OptionError
from helios.model.options import RenderOptions
from helios.model.progress import Progress
from helios.rendering.api import render
from helios.rendering.cancellation import Cancellation


@dataclass(slots=True)
class _Film:
    output: str
    cancellation: Cancellation = field(default_factory=Cancellation)
    status: str = "pending"
    percent: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)


class Films:
    """Makes films beside what else is asked for. Thread-safe."""

    def __init__(self) -> None:
        self._films: dict[str, _Film] = {}
        self._lock = threading.Lock()
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="helios-films")

    def start(self, composition: str, output: str, options: RenderOptions) -> str:
        """Ask for a film; gives the number under which it is known."""
        with self._lock:
            number = str(len(self._films) + 1)
            film = self._films[number] = _Film(output=output)
        self._maker.submit(self._make, film, composition, options)
        return number

    def status(self, number: str) -> dict[str, Any]:
        """How far a film is, and what became of it.

        Raises:
            OptionError: there is no such film.
        """
        film = self._film(number)
        return {
            "film": number,
            "status": film.status,
            "percent": round(film.percent, 1),
            "output": film.output,
            **film.more,
        }

    def cancel(self, number: str) -> None:
        """Stop a film; what is finished of it is kept.

        Raises:
            OptionError: there is no such film.
        """
        self._film(number).cancellation.cancel()

    def close(self) -> None:
        """Stop all of them."""
        for film in list(self._films.values()):
            film.cancellation.cancel()
        self._maker.shutdown()

    def _film(self, number: str) -> _Film:
        if number not in self._films:
            raise OptionError(f"there is no film {number!r}", hint="render gives its number.")
        return self._films[number]

    @staticmethod
    def _make(film: _Film, composition: str, options: RenderOptions) -> None:
        def on_progress(progress: Progress) -> None:
            film.percent = progress.percent

        film.status = "processing"
        try:
            result = render(
                composition,
                Path(film.output),
                options,
                on_progress=on_progress,
                cancellation=film.cancellation,
            )
        except Cancelled:
            film.status = "cancelled"
        except HeliosError as error:
            film.more = {"error": error.message, "hint": error.hint}
            film.status = "failed"
        except Exception as error:  # noqa: BLE001 - whoever asks must hear of it
            film.more = {"error": f"{type(error).__name__}: {error}", "hint": ""}
            film.status = "failed"
        else:
            film.more = {
                "frames": result.frame_count,
                "duration": result.duration_s,
                "seconds": round(result.seconds, 2),
                "warnings": [*result.plan.warnings, *result.warnings],
            }
            film.status = "completed"
