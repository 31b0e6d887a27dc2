"""One export, whatever its type and composition: analyze, render, encode, metadata."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helios.errors import MetadataError
from helios.files.hold import remove_folder
from helios.model.export import ExportConfig, film_name, overall
from helios.model.progress import Progress, ProgressListener, Stage
from helios.planning.planner import RenderPlan
from helios.rendering.cancellation import Cancellation
from helios.rendering.find import find_composition
from helios.rendering.length import LengthRule, Song, SongOnDisk
from helios.rendering.note import finished, write_note
from helios.rendering.orchestrator import RenderOrchestrator, RenderResult
from helios.rendering.progress import RENDER_SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """A film that was exported, and how."""

    output_path: Path
    duration: float
    """Seconds of film."""
    frame_count: int
    seconds: float
    """How long it took."""
    rendered_chunks: tuple[int, ...] = ()
    """Ids of the chunks rendered now; the others were finished before."""


@dataclass
class _Run:
    """One export under way: its progress never falls, and what it made can be taken back."""

    on_progress: ProgressListener | None
    fraction: float = 0.0
    last: Progress | None = None
    folders: set[Path] = field(default_factory=set)
    noted: tuple[Path, ExportConfig] | None = None
    """The film and configuration to note when its plan is known."""

    def planned(self, plan: RenderPlan) -> None:
        self.folders.add(plan.work_folder)
        if self.noted is not None:
            write_note(*self.noted, plan)

    def tell(self, stage: Stage, fraction: float, progress: Progress | None = None) -> None:
        self.last = progress or self.last
        report = overall(stage, fraction, self.last)
        if report.fraction < self.fraction:
            return
        self.fraction = report.fraction
        if self.on_progress is not None:
            self.on_progress(report)

    def rendering(self, progress: Progress) -> None:
        match progress.stage:
            case Stage.RENDERING:
                done = progress.frames_done / max(1, progress.frames_total)
                self.tell(Stage.RENDERING, done, progress)
            case Stage.ENCODING:
                share = (progress.fraction - RENDER_SHARE) / (1 - RENDER_SHARE)
                self.tell(Stage.ENCODING, share, progress)
            case Stage.METADATA:
                self.tell(Stage.METADATA, 0.5, progress)
            case Stage.ANALYZING:
                self.tell(Stage.ANALYZING, progress.fraction, progress)

    def discard(self) -> None:
        for folder in self.folders:
            if folder.exists():
                remove_folder(folder)


class ExportPipeline:
    """Makes the film of a configuration.

    Args:
        folder: where relative paths of configurations lead; the current one by default.
        render: makes a film; ``RenderOrchestrator.render`` and what is called like it.
        song: reads sound files.
        today: the day in names of films.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        render: Callable[..., RenderResult] = RenderOrchestrator.render,
        song: Song | None = None,
        today: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._folder = folder or Path.cwd()
        self._render = render
        self._song = song or SongOnDisk()
        self._today = today

    def export(
        self,
        config: ExportConfig | dict[str, Any],
        on_progress: ProgressListener | None = None,
        cancellation: Cancellation | None = None,
        *,
        keep_chunks: bool = False,
    ) -> ExportResult:
        """Make one film.

        Args:
            config: what to make.
            on_progress: told of every step; the fraction never falls and ends with exactly 1.
            cancellation: stops it from another thread.
            keep_chunks: after a failure keep the finished chunks, so that the next call goes on.

        Raises:
            HeliosError: with what failed and what to do; nothing half-made is left behind.
            Cancelled: stopped on request.
        """
        started = time.monotonic()
        if not isinstance(config, ExportConfig):
            config = ExportConfig.read(config)
        cancellation = cancellation or Cancellation()
        run = _Run(on_progress)
        try:
            run.tell(Stage.ANALYZING, 0.0)
            film = self.output_path(config)
            note = finished(film, config) if keep_chunks else None
            if note is not None:
                run.tell(Stage.METADATA, 1.0)
                return ExportResult(
                    output_path=film,
                    duration=note.duration_s,
                    frame_count=note.frame_count,
                    seconds=time.monotonic() - started,
                )
            run.noted = (film, config) if keep_chunks else None
            composition = find_composition(config.composition, self._folder, config.options.root)
            run.tell(Stage.ANALYZING, 1.0)
            cancellation.check()
            result = self._render(
                composition,
                film,
                config.options,
                base=self._folder,
                length=LengthRule(longest_s=config.longest_s, song=self._song),
                on_progress=run.rendering,
                on_plan=run.planned,
                cancellation=cancellation,
            )
            _check_film(film, result)
        except BaseException:
            if not keep_chunks:
                run.discard()
            raise
        run.tell(Stage.METADATA, 1.0)
        return ExportResult(
            output_path=film,
            duration=result.duration_s,
            frame_count=result.frame_count,
            seconds=time.monotonic() - started,
            rendered_chunks=result.rendered_chunks,
        )

    def output_path(self, config: ExportConfig) -> Path:
        """Where the film of a configuration goes."""
        folder = (self._folder / (config.output or "")).parent if config.output else self._folder
        taken = {path.name for path in folder.glob("*_v*")} if config.naming == "dated" else ()
        return folder / film_name(config, self._today().strftime("%Y%m%d"), taken)


def _check_film(film: Path, result: RenderResult) -> None:
    if not film.exists():
        raise MetadataError(f"the render ended well but left no {film}")
    if result.frame_count < 1:
        raise MetadataError(f"{film} has no frames")
