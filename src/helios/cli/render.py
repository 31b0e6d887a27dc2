"""``helios render``: a composition becomes a film, or a job file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from helios.cli.display import Display
from helios.cli.flags import Executor, JsonEvents, MaxCost, MaxHours, Needs, Price, Quiet, Verbose
from helios.cli.options import read_flags, with_render_options
from helios.cli.signals import Interruption
from helios.errors import Cancelled, HeliosError, OptionError
from helios.executors.engine import Engine, open_engine
from helios.executors.pool import WorkerPool
from helios.model.choices import Naming
from helios.model.composition import Composition, CompositionKind
from helios.model.formats import video_codec
from helios.model.options import RenderOptions, props_files
from helios.planning.needs import ChunkNeeds
from helios.planning.planner import RenderPlan
from helios.rendering.budget import Budget
from helios.rendering.cancellation import Cancellation
from helios.rendering.local import check_not_input
from helios.rendering.orchestrator import (
    RenderOrchestrator,
    RenderResult,
    workers_of,
)
from helios.rendering.unread_props import unread_props
from helios.version import __version__

if TYPE_CHECKING:
    from helios.planning.simulate import Costs

DEFAULT_OUTPUT = Path("output.mp4")
DRAFT_SCALE = "1/4"


@with_render_options(skip=("type",))
def command(
    input: Annotated[  # noqa: A002 - the word users see in the help
        str | None, Parameter(help="page (path, folder, URL), template, or MODULE:OBJECT")
    ] = None,
    /,
    *,
    template: Annotated[str | None, Parameter(help="a template's name or file, as INPUT")] = None,
    type: Annotated[  # noqa: A002 - the flag's name
        list[str] | None,
        Parameter(negative="", help="named size and projection, or a platform; may be repeated"),
    ] = None,
    pack: Annotated[str | None, Parameter(help="several films: social, youtube or vr")] = None,
    config: Annotated[Path | None, Parameter(help="a configuration file (JSON)")] = None,
    album: Annotated[
        Path | None,
        Parameter(help="folder of sounds or CUE sheet: a film for each track, and one of all"),
    ] = None,
    naming: Annotated[
        Naming | None, Parameter(help="dated: [YYYYMMDD]_[name]_[type]_vN.mp4")
    ] = None,
    output: Annotated[
        Path | None,
        Parameter(
            name=["--output", "-o"],
            help="the film; its suffix chooses the container (default: output.mp4, or the folder"
            " frames for --frames). One that is there already is replaced once the new one is done",
        ),
    ] = None,
    emit_job: Annotated[
        Path | None, Parameter(help="write a job file instead of rendering")
    ] = None,
    base_url: Annotated[
        str | None,
        Parameter(name=["--base-url", "--job-base-url"], help="where workers find the composition"),
    ] = None,
    executor: Executor = "threads",
    needs: Needs = None,
    max_hours: MaxHours = None,
    max_cost: MaxCost = None,
    price: Price = None,
    dry_run: Annotated[
        bool, Parameter(negative="", help="say what would be made and what it takes; make nothing")
    ] = False,
    draft: Annotated[
        bool,
        Parameter(
            negative="",
            help="to see it soon: small, as with --scale 1/4. Scenes gain most; pages hardly: for"
            " these give --fps 10 as well, which draws a third of the frames",
        ),
    ] = False,
    json: JsonEvents = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    **flags: Any,
) -> int:
    """Render a composition to a film.

    INPUT is an HTML page (path or URL), a folder with composition.html or index.html in it, or
    MODULE:OBJECT for a Python composition.

    helios render page.html -o film.mp4

    helios render page.html -o film.mp4 --fps 60 --duration 12.5 --quality 16

    helios render page.html --props '{"title": "Hello"}' --audio song.mp3,fade_out=2

    helios render page.html -o film.mp4 --concurrency 8 --emit-job job.json

    helios render --template etherealFlame --audio song.mp3 --type shorts --type 360-mono-4k

    helios render visualizer --album songs/ -o album.mp4

    A render that was interrupted goes on where it stopped when the same command is run again.
    """
    from helios.rendering.find import find_composition

    name, films = _named(input, template), False
    needed = None if needs is None else ChunkNeeds.read(needs)
    flags = _drafted(flags) if draft else flags
    if config or type or pack or naming or (input or "").lower().endswith(".json"):
        from helios.cli.export import make_films, names_config, read_request, wants_pipeline

        if config is None and emit_job is None and names_config(input):
            name, config = None, Path(str(input))
        films = wants_pipeline(config, type, pack, naming)
    options = read_flags(flags if films or not type else {**flags, "type": type[0]})
    if album is not None:
        from helios.cli.album import make_album

        is_else = bool(films or dry_run or emit_job or max_hours or max_cost)
        drawn = _drawn_for_tracks(name, is_else=is_else)
        with (
            Display(as_json=json, quiet=quiet, verbose=verbose) as display,
            open_engine(executor, workers=options.workers, needs=needed) as engine,
        ):
            make_album(album, drawn, output, options, display, engine)
        return 0
    for written in filter(None, (output, emit_job)):
        check_not_input(written, (*props_files(flags), *([str(config)] if config else ())))
    if dry_run and (films or emit_job is not None):
        raise OptionError(
            "--dry-run is for one film", hint="Leave out --type, --pack, --config and --emit-job."
        )
    is_one_now = not (films or dry_run or emit_job)
    budget = _budget(max_hours, max_cost, price, is_one_now=is_one_now)
    if films and emit_job is None:
        request = read_request(
            config, options, composition=name, types=type, pack=pack, output=output, naming=naming
        )
        with (
            Display(as_json=json, quiet=quiet, verbose=verbose) as display,
            open_engine(executor, workers=options.workers, needs=needed) as engine,
        ):
            make_films(request, display, engine)
        return 0
    if name is None:
        raise OptionError(
            "nothing to render",
            hint="Name a page, --template or --config: helios render page.html -o film.mp4",
        )
    composition = find_composition(name, Path.cwd(), options.root)
    if base_url is not None and emit_job is None:
        raise OptionError("--base-url places the input of a job", hint="Give --emit-job as well.")
    film = output or (Path("frames") if options.frames else DEFAULT_OUTPUT)
    with Display(as_json=json, quiet=quiet, verbose=verbose) as display:
        if dry_run:
            from helios.rendering.measure import measured

            planned, costs = measured(composition, film, options)
            tell_plan(planned, film, display)
            tell_expected(planned, costs, display)
            return 0
        if emit_job is not None:
            from helios.agents.events import JobEvent
            from helios.rendering.emit import emit

            plan = emit(composition, film, options, emit_job, base_url=base_url)
            for text in plan.warnings:
                display.warn(text)
            display.event(JobEvent(file=str(emit_job), chunks=len(plan.chunks)))
            display.result(f"{emit_job}: {len(plan.chunks)} chunks, {plan.total_frames} frames")
            display.say(f"Next: helios job run {emit_job}")
            return 0
        _say_what_gains(composition, options, display, is_draft=draft)
        with open_engine(executor, workers=options.workers, needs=needed) as engine:
            render_and_tell(composition, film, options, display, engine, budget=budget)
    return 0


def _drafted(flags: dict[str, Any]) -> dict[str, Any]:
    if flags.get("scale") is not None:
        raise OptionError(
            f"--draft and --scale {flags['scale']}", hint="--draft is --scale 1/4: give one."
        )
    return {**flags, "scale": DRAFT_SCALE}


def _say_what_gains(
    composition: Composition, options: RenderOptions, display: Display, *, is_draft: bool
) -> None:
    if is_draft and composition.kind is CompositionKind.PAGE and options.fps is None:
        display.say(
            "A draft of a page is small, and hardly quicker. With fewer frames: --draft --fps 10"
        )


def _named(input_: str | None, template: str | None) -> str | None:
    if input_ is not None and template is not None:
        raise OptionError("--template and INPUT say the same", hint="Give one of them.")
    return input_ or template


def _drawn_for_tracks(name: str | None, *, is_else: bool) -> str:
    """What draws the films of an album."""
    if name is None:
        raise OptionError("nothing to render", hint="Name a page or a template for --album.")
    if is_else:
        raise OptionError(
            "--album is a film of one type for each track, rendered now",
            hint="Leave out --config, --pack, --naming, all but one --type, --dry-run, --emit-job, "
            "--max-hours and --max-cost.",
        )
    return name


def _budget(
    max_hours: float | None, max_cost: float | None, price: float | None, *, is_one_now: bool
) -> Budget | None:
    budget = Budget.read(max_hours, max_cost, price)
    if budget is not None and not is_one_now:
        raise OptionError(
            "--max-hours and --max-cost are for one film that is rendered now",
            hint="Render its types one by one. A job has a budget where it runs: helios job run.",
        )
    return budget


def render_and_tell(
    composition: Composition,
    film: Path,
    options: RenderOptions,
    display: Display,
    engine: Engine | None = None,
    *,
    pool: WorkerPool | None = None,
    on_plan: Callable[[RenderPlan], None] = lambda _: None,
    budget: Budget | None = None,
) -> bool:
    """Render, and say what is made, how far it is and what came of it.

    Returns:
        Whether it was interrupted when the film was finished, too late for anything to be stopped.

    Raises:
        Cancelled: interrupted; the hint says how to go on.
    """
    plans: list[RenderPlan] = []

    def planned(plan: RenderPlan) -> None:
        plans.append(plan)
        on_plan(plan)
        tell_plan(plan, film, display, engine)

    # Images lie in a folder, which may be there and empty.
    is_there = any(film.iterdir()) if film.is_dir() else film.is_file()
    cancellation = Cancellation()
    try:
        with Interruption(cancellation):
            result = RenderOrchestrator.render(
                composition,
                film,
                options,
                on_progress=display.progress,
                on_plan=planned,
                on_worker=display.worker,
                pool=pool,
                cancellation=cancellation,
                engine=engine,
                budget=budget,
            )
    except HeliosError as error:
        known = plans[0].warnings if plans else ()
        error.warnings = tuple(text for text in error.warnings if text not in known)
        raise
    except (KeyboardInterrupt, Cancelled):
        raise Cancelled(hint=how_to_go_on(plans[0]) if plans else "") from None
    _tell_result(display, result, replaced=is_there)
    return cancellation.is_cancelled


def tell_plan(
    plan: RenderPlan,
    film: Path,
    display: Display,
    engine: Engine | None = None,
    *,
    is_result: bool = False,
) -> None:
    """What will be made, and what is to be known of it; ``is_result``: it is what was asked for."""
    for text in plan.warnings:
        display.warn(text)
    root = plan.composition.root
    if plan.options.frames and root is not None and film.resolve() == root.resolve():
        display.warn(f"the images lie among the composition's own files in {film}")
    (display.result if is_result else display.say)(describe(plan, engine))
    if display.tells_events:
        from helios.agents.events import PlanEvent
        from helios.agents.info import words_of_fonts

        display.event(
            PlanEvent(
                output=str(film),
                total_frames=plan.total_frames,
                fps=str(plan.fps),
                width=plan.encode.width,
                height=plan.encode.height,
                chunks=len(plan.chunks),
                encoder=plan.encode.encoder,
                capture=plan.options.capture,
                fonts=words_of_fonts(plan.facts) if plan.facts else (),
                digest=plan.digest,
            )
        )


def tell_expected(plan: RenderPlan, costs: Costs, display: Display) -> None:
    """What making it takes here, by what some of its frames took."""
    from helios.planning.simulate import duration, expected
    from helios.process.cores import available_cores

    found = expected(costs, plan.total_frames, workers_of(plan).count, available_cores())
    if display.tells_events:
        from helios.agents.events import ExpectedEvent

        display.event(
            ExpectedEvent(
                seconds=round(found.seconds, 2),
                memory_bytes=found.memory_bytes,
                film_bytes=found.film_bytes,
            )
        )
    display.result(
        f"about {duration(found.seconds)}, {found.memory_bytes / 1e6:,.0f} MB of memory, "
        f"a film of {found.film_bytes / 1e6:,.2f} MB"
    )


def how_to_go_on(plan: RenderPlan) -> str:
    """What an interrupted user should know."""
    from helios.commit.record import ChunkRecords
    from helios.commit.store import FolderStore

    records = ChunkRecords(FolderStore(plan.work_folder))
    kept = sum(records.read(chunk.output_file.name) is not None for chunk in plan.chunks)
    if not kept:
        return "Nothing was finished yet; run the same command to start again."
    return (
        f"{kept} of {len(plan.chunks)} chunks are finished and kept in {plan.work_folder}; "
        "run the same command to go on."
    )


def describe(plan: RenderPlan, engine: Engine | None = None) -> str:
    """One line on what will be made, and how."""
    facts = plan.facts
    parts = [
        f"{plan.encode.width}x{plan.encode.height}",
        f"{float(plan.fps):g} fps",
        f"{plan.total_frames} frames",
        _chunks(plan, engine),
        _encoder(plan),
    ]
    if facts and facts.capture:
        reason = f" ({facts.capture_reason})" if facts.capture_reason else ""
        parts.append(f"capture {facts.capture}{reason}")
    if facts and facts.browser:
        parts.append(facts.browser.version)
        if facts.browser.renderer:
            parts.append(facts.browser.renderer)
    if facts and facts.adapter:
        parts.append(f"drawn by {facts.adapter}")
    if plan.tracks:
        parts.append(f"{len(plan.tracks)} sound{'s' if len(plan.tracks) > 1 else ''}")
    return ", ".join(parts)


def _encoder(plan: RenderPlan) -> str:
    """What encodes, and what it takes of a machine."""
    codec = video_codec(plan.encode.encoder)
    return f"{codec.encoder} ({codec.hardware})" if codec.hardware else codec.encoder


def _chunks(plan: RenderPlan, engine: Engine | None) -> str:
    """How the work is cut, how many chunks are drawn at once, and why so many."""
    count = len(plan.chunks)
    if count == 1:
        return "1 chunk"
    workers = workers_of(plan, engine)
    return f"{count} chunks, {workers.count} at once ({workers.reason})"


def _unread(prop: str) -> str:
    return f"nothing reads the prop {prop!r}: is its name misspelt?"


def _tell_result(display: Display, result: RenderResult, *, replaced: bool) -> None:
    plan = result.plan
    for text in (*result.warnings, *map(_unread, unread_props(plan))):
        display.warn(text)
    kept = len(plan.chunks) - len(result.rendered_chunks)
    display.made(
        result.output_file,
        frames=result.frame_count,
        seconds=result.seconds,
        duration_s=result.duration_s,
        note=f", {kept} finished chunks kept from before" if kept else "",
        replaced=replaced,
        rendered_chunks=result.rendered_chunks,
        version=__version__,
    )
