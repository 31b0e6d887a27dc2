"""``helios watch``: the film is made again whenever what it is made of is saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from helios.cli.display import Display
from helios.cli.flags import JsonEvents, Quiet
from helios.cli.options import read_flags, with_render_options
from helios.cli.render import DEFAULT_OUTPUT, render_and_tell
from helios.cli.signals import StopSignals
from helios.errors import Cancelled, HeliosError
from helios.executors.pool import WorkerPool
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions, props_files
from helios.planning.planner import RenderPlan
from helios.rendering.find import find_composition
from helios.rendering.local import check_not_input
from helios.rendering.prepare import check_output, files_read
from helios.rendering.watching import WatchedFiles


@with_render_options()
def command(
    composition: Annotated[str, Parameter(help="page, template or MODULE:OBJECT, as in render")],
    /,
    *,
    output: Annotated[
        Path,
        Parameter(
            name=["--output", "-o"],
            help="the film, replaced each time; its suffix chooses the container",
        ),
    ] = DEFAULT_OUTPUT,
    json: JsonEvents = False,
    quiet: Quiet = False,
    **flags: Any,
) -> int:
    """Render a film, and again whenever a file that it is made of is saved. Ctrl-C ends it.

    helios watch page.html -o film.mp4 --scale 0.5

    The browser stays open in between. What is wrong with a composition is told, and the next save
    is waited for. helios studio shows a composition while it is changed, and makes no film.
    """
    props = props_files(flags)
    check_not_input(output, props)
    given = read_flags(flags)
    check_output(output, given)  # no saving of a file would mend it
    found = find_composition(composition, Path.cwd(), given.root)
    files = WatchedFiles(map(Path, props))
    pool = WorkerPool()
    # Between two films, too, Ctrl-C is noted: an exception in the midst of ending a process could
    # leave a lock taken.
    stop = StopSignals()
    stop.on_second = _interrupt

    def sleep(seconds: float) -> None:
        if stop.first.wait(seconds):
            raise Cancelled

    try:
        while True:
            with Display(as_json=json, quiet=quiet) as display:
                try:
                    options = read_flags(flags)
                    files.add(_named(found, options))
                    if render_and_tell(
                        found,
                        output,
                        options,
                        display,
                        pool=pool,
                        on_plan=lambda plan: files.add(_loaded(plan)),
                    ):
                        raise Cancelled
                except HeliosError as error:
                    display.failed(error)
                display.say(f"watching {len(files)} files")
            # A Python module is loaded once by a process.
            if pool.cancelled.is_set() or found.kind is CompositionKind.PYTHON:
                pool.close()
                pool = WorkerPool()
            for path in files.wait(sleep):
                display.say(f"{path} has changed")
    finally:
        pool.cancel()
        pool.close()


def _interrupt() -> None:
    raise KeyboardInterrupt


def _named(composition: Composition, options: RenderOptions) -> Iterator[Path]:
    """The files that are named, those that lie beside a page, and the code of Python."""
    for name in files_read(composition, options):
        path = (composition.root or Path.cwd()) / name.rpartition(":")[0]
        yield path if composition.kind is CompositionKind.PYTHON and path.is_file() else Path(name)


def _loaded(plan: RenderPlan) -> Iterator[Path]:
    return (Path(name) for name, _ in (plan.facts.inputs if plan.facts else ()))
