"""How a render tells its progress: a bar, plain lines, or JSON events."""

from __future__ import annotations

import json
import logging
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from helios.cli.visible import visible
from helios.errors import OptionError
from helios.model.progress import Progress, WorkerNews

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from helios.agents.events import Event, ProgressEvent
    from helios.errors import HeliosError

REPLACED = ", replaced the one before"
"""Said of a file that was written over another."""
_PLAIN_EVERY_S = 5.0
_EVENT_EVERY_S = 0.1


class Display(AbstractContextManager["Display"]):
    """Where messages and progress go. Progress on stderr; results and JSON on stdout."""

    def __init__(
        self, *, as_json: bool = False, quiet: bool = False, verbose: bool = False
    ) -> None:
        if quiet and verbose:
            raise OptionError("--quiet and --verbose say the opposite", hint="Give one of them.")
        self._verbose = verbose
        self._as_json = as_json
        self._quiet = quiet
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._plain_at = 0.0
        self._told: ProgressEvent | None = None
        self._told_at = 0.0
        self._logged = _Warnings(self)

    def __enter__(self) -> Self:
        if self._as_json:
            logging.getLogger("helios").addHandler(self._logged)
        if not self._as_json and not self._quiet and sys.stderr.isatty():
            self._bar = _make_bar()
            self._bar.start()
            self._task = self._bar.add_task("rendering", total=1.0, speed="", frames="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        logging.getLogger("helios").removeHandler(self._logged)
        if self._bar is not None:
            self._bar.stop()

    def progress(self, progress: Progress) -> None:
        """Show one report."""
        if self._as_json:
            self._progress_event(progress)
        elif self._bar is not None and self._task is not None:
            self._bar.update(
                self._task,
                completed=progress.fraction,
                description="done" if progress.fraction >= 1 else progress.stage,
                frames=_frames(progress),
                speed=_speed(progress),
            )
        elif not self._quiet:
            self._plain(progress)

    def _progress_event(self, progress: Progress) -> None:
        """Nothing is said twice, and not more than ten times a second."""
        from helios.agents.events import ProgressEvent

        values = ProgressEvent(
            stage=progress.stage,
            percent=round(progress.percent, 3),
            frames_done=progress.frames_done,
            frames_total=progress.frames_total,
            fps=progress.fps and round(progress.fps, 2),
            eta_seconds=progress.eta_s and round(progress.eta_s, 1),
        )
        now = time.monotonic()
        is_new_stage = self._told is None or values.stage != self._told.stage
        if not (is_new_stage or progress.fraction >= 1) and now - self._told_at < _EVENT_EVERY_S:
            return
        if values != self._told:
            self._told, self._told_at = values, now
            self.event(values)

    def worker(self, news: WorkerNews) -> None:
        """A line on one of those who draw, if they were asked for."""
        if not self._verbose:
            return
        if self._as_json:
            from helios.agents.events import WorkerEvent

            self.event(WorkerEvent(worker=news.worker, message=news.message))
        else:
            self._print(f"worker {news.worker}: {news.message}")

    def say(self, text: str) -> None:
        """A message for people."""
        if not self._quiet and not self._as_json:
            self._print(text)

    def _print(self, text: str) -> None:
        text = visible(text)
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False)
        else:
            print(text, file=sys.stderr, flush=True)

    def warn(self, text: str) -> None:
        """Something the user should know."""
        if self._as_json:
            self._warning_event(text)
        else:
            self._print(f"warning: {text}")

    def failed(self, error: HeliosError) -> None:
        """What failed, and what to do, where the work goes on all the same."""
        for text in error.warnings:
            self.warn(text)
        if self._as_json:
            from helios.agents.events import ErrorEvent

            name = type(error).__name__
            self.event(
                ErrorEvent(error=name, message=error.message, hint=error.hint, code=error.exit_code)
            )
        if not self._as_json:
            self._print("\n  ".join(filter(None, (f"error: {error.message}", error.hint))))

    @property
    def tells_events(self) -> bool:
        """Whether JSON was asked for. Who does not ask may be spared the loading of all events."""
        return self._as_json

    def event(self, event: Event) -> None:
        """A JSON event, if JSON was asked for."""
        if self._as_json:
            values = event.model_dump(mode="json", by_alias=True, exclude_unset=True)
            print(json.dumps({"event": event.event, **values}), flush=True)

    def made(
        self,
        film: Path,
        *,
        frames: int,
        seconds: float,
        duration_s: float,
        note: str = "",
        replaced: bool = False,
        **known: Any,
    ) -> None:
        """A film is there: the event, and the line for people.

        Args:
            film: where it is.
            frames: of the film.
            seconds: it took.
            duration_s: of the film.
            note: ends the line.
            replaced: a film that had been there had this name.
            known: what else the event says of it.
        """
        if self.tells_events:
            from helios.agents.events import DoneEvent

            self.event(
                DoneEvent(
                    output=str(film),
                    frames=frames,
                    seconds=round(seconds, 3),
                    duration=duration_s,
                    **known,
                )
            )
        speed = f" ({frames / seconds:.1f} fps)" if seconds else ""
        self.result(
            f"{film}: {frames} frames, {duration_s:.3f} s of film in {seconds:.1f} s{speed}{note}"
            f"{REPLACED if replaced else ''}"
        )

    def _warning_event(self, text: str) -> None:
        from helios.agents.events import WarningEvent

        self.event(WarningEvent(message=text))

    def result(self, text: str) -> None:
        """The line that says what was made."""
        if not self._as_json:
            print(visible(text), flush=True)

    def _plain(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._plain_at < _PLAIN_EVERY_S and progress.fraction < 1:
            return
        self._plain_at = now
        is_over = progress.fraction >= 1
        text = "done" if is_over else f"{progress.stage} {progress.percent:.0f} %"
        frames = _frames(progress)
        parts = f"{text}, {frames} frames" if frames else text
        print(f"{parts}{_speed(progress, ', ')}", file=sys.stderr, flush=True)


def _frames(progress: Progress) -> str:
    """How many are done of how many; nothing before that is known."""
    return f"{progress.frames_done}/{progress.frames_total}" if progress.frames_total else ""


def _speed(progress: Progress, before: str = "") -> str:
    if not progress.fps:
        return ""
    eta = f", {_clock(progress.eta_s)} left" if progress.eta_s is not None else ""
    return f"{before}{progress.fps:.1f} fps{eta}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _make_bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as RichProgress

    return RichProgress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[frames]}"),
        TextColumn("{task.fields[speed]}"),
        console=Console(stderr=True),
    )


class _Warnings(logging.Handler):
    """Makes events of warnings that are logged while the work goes on."""

    def __init__(self, display: Display) -> None:
        super().__init__(logging.WARNING)
        self._display = display

    def emit(self, record: logging.LogRecord) -> None:
        self._display.warn(record.getMessage())
