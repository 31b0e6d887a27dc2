"""From a composition to a film: prepare, inspect, choose the length, plan, execute, finish."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from helios.drawing.stillness import stillness_warnings
from helios.executors.engine import Engine
from helios.executors.pool import WorkerPool
from helios.files.hold import reserved, sweep, temporary_folder
from helios.files.names import real_place
from helios.model.composition import Composition, name_composition, within
from helios.model.facts import CompositionFacts
from helios.model.keywords import RenderKeywords
from helios.model.options import RenderOptions
from helios.model.progress import ProgressListener, WorkerListener
from helios.planning.planner import RenderPlan, plan_render
from helios.planning.workers import Workers
from helios.rendering.budget import Budget
from helios.rendering.cancellation import Cancellation
from helios.rendering.drawers import opened_drawers, workers_expected, workers_for
from helios.rendering.film import make_film, prepare_film, until_cancelled
from helios.rendering.length import LengthRule
from helios.rendering.local import (
    Renderer,
    chunk_records,
    chunk_warnings,
    clean_up,
    held_work_folder,
    render_missing,
)
from helios.rendering.look import planned
from helios.rendering.prepare import prepare
from helios.rendering.progress import ProgressMeter
from helios.rendering.spherical import spherical_type
from helios.rendering.workers_told import WorkersTold

Options = RenderOptions | dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderResult:
    """A film that was made, and how."""

    output_file: Path
    frame_count: int
    duration_s: float
    seconds: float
    rendered_chunks: tuple[int, ...]
    """Ids of the chunks rendered now; the others were finished before."""
    plan: RenderPlan
    warnings: tuple[str, ...] = ()
    """What only the finished pictures show."""

    def __repr__(self) -> str:
        warned = f", warnings={self.warnings!r}" if self.warnings else ""
        return (
            f"RenderResult({str(self.output_file)!r}, {self.frame_count} frames, "
            f"{self.duration_s:g} s of film in {self.seconds:.1f} s{warned})"
        )


class RenderOrchestrator:
    """Plans and renders. Planning is pure; rendering does what was planned."""

    @staticmethod
    def plan(
        composition: str | Path | Composition,
        output: str | Path,
        options: Options = None,
        *,
        facts: CompositionFacts | None = None,
        beside_output: bool = False,
        **values: Unpack[RenderKeywords],
    ) -> RenderPlan:
        """Decide a render from options and facts alone; nothing is opened.

        Raises:
            OptionError: options that cannot be carried out.
            UnknownFormatError: a codec or container we do not have, or that do not fit.

        Example:
            >>> plan = RenderOrchestrator.plan(
            ...     "page.html", "film.mp4", fps=30, duration=10, concurrency=4
            ... )
            >>> [(chunk.start_frame, chunk.frame_count) for chunk in plan.chunks]
            [(0, 75), (75, 75), (150, 75), (225, 75)]
        """
        asked = read_options(options, values)
        if not isinstance(composition, Composition):
            composition = name_composition(str(composition), Path.cwd())
        return plan_render(
            within(composition, asked.root, Path.cwd()),
            Path(output),
            asked,
            facts,
            beside_output=beside_output,
        )

    @staticmethod
    def render(
        composition: str | Path | Composition,
        output: str | Path,
        options: Options = None,
        *,
        facts: CompositionFacts | None = None,
        on_progress: ProgressListener | None = None,
        on_plan: Callable[[RenderPlan], None] = lambda _: None,
        on_worker: WorkerListener | None = None,
        cancellation: Cancellation | None = None,
        renderer: Renderer | None = None,
        base: Path | None = None,
        length: LengthRule | None = None,
        pool: WorkerPool | None = None,
        engine: Engine | None = None,
        budget: Budget | None = None,
        **values: Unpack[RenderKeywords],
    ) -> RenderResult:
        """Make the film: inspect, plan, render what is missing, join, mix.

        Args:
            composition: a path, URL, template or ``module:object``.
            output: the film; its suffix chooses the container.
            options: render options; ``values`` override single ones.
            facts: skip inspection and believe these.
            on_progress: told of every step, from 0 to exactly 1.
            on_plan: told what will be made before it is made.
            on_worker: told what each of those does that draw.
            cancellation: stops the render from another thread.
            renderer: renders one chunk; guarded processes by default.
            base: where relative paths lead; the current folder by default.
            length: what is said about the length beside the options.
            pool: workers that stay warm for the next film; a failure cancels them.
            engine: places the chunks on machines; processes of this one by default.
            budget: how much may be drawn.

        Raises:
            HeliosError: with what failed and what to do.
            BudgetSpent: as much was drawn as was allowed; finished chunks are kept.
            Cancelled: stopped on request; finished chunks are kept.
        """
        started = time.monotonic()
        film, request = real_place(Path(output)), read_options(options, values)
        cancellation = cancellation or Cancellation()
        asked = prepare(composition, film, request, base or Path.cwd())
        images = request.frames
        with ExitStack() as stack:
            # The images of a folder are reserved in it: it may be all that can be written.
            stack.enter_context(reserved(film if images is None else film / "frames"))
            home = (film if images else film.parent).absolute()
            sweep(home)
            workers = pool or stack.enter_context(WorkerPool())
            cancellation.when_cancelled(workers.cancel)
            workers.expect(
                workers_expected(
                    asked.composition.kind,
                    asked=asked.options.workers or asked.options.concurrency,
                    engine=engine,
                )
            )
            sounds = stack.enter_context(temporary_folder(home))
            plan = planned(asked, workers, sounds, facts=facts, length=length)
            on_plan(plan)
            prepare_film()
            stack.enter_context(held_work_folder(plan.work_folder))
            told = WorkersTold(on_worker)
            meter = ProgressMeter(plan.total_frames, on_progress, workers=told)
            drawers = stack.enter_context(
                opened_drawers(workers, engine, cancellation, hears=told.hears)
            )
            at_once = workers_of(plan, engine).count
            rendered = render_missing(
                plan, renderer or drawers.call, meter, at_once, drawers.cancel, budget
            )
            cancellation.check()
            if pool is None:
                workers.release()
            records = chunk_records(plan)
            seen = (
                *chunk_warnings(records, plan.warnings),
                *stillness_warnings(plan.composition.kind, records),
            )
            if images is None:
                make_film(plan, until_cancelled(meter.merging, cancellation))
            clean_up(plan)
            meter.finished(spherical=spherical_type(plan.options) is not None)
        return RenderResult(
            output_file=film,
            frame_count=plan.total_frames,
            duration_s=float(plan.total_frames / plan.fps),
            seconds=time.monotonic() - started,
            rendered_chunks=tuple(rendered),
            plan=plan,
            warnings=seen,
        )


def workers_of(plan: RenderPlan, engine: Engine | None = None) -> Workers:
    """How many of a plan's chunks are drawn at once."""
    return workers_for(
        plan.composition.kind,
        plan.encode,
        len(plan.chunks),
        asked=plan.options.workers or plan.options.concurrency,
        engine=engine,
        cards=(plan.facts.cards or None) if plan.facts else None,
    )


def read_options(options: Options, values: Mapping[str, Any]) -> RenderOptions:
    """Options given as a model, a dict, keywords, or all of them.

    Raises:
        OptionError: a value cannot be used.
    """
    if isinstance(options, RenderOptions):
        return options.changed(**values) if values else options
    return RenderOptions.read({**(options or {}), **values})
