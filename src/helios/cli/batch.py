"""``helios batch``: a film for every row of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from helios.agents.events import BatchEvent, RowEvent
from helios.cli.display import Display
from helios.cli.flags import JsonEvents
from helios.cli.options import read_flags, with_render_options
from helios.cli.signals import Interruption
from helios.errors import Cancelled, OptionError, in_sentences
from helios.files.documents import read_text
from helios.model.rows import Row, RowsKind, parse_rows
from helios.rendering.batch import Batch, RowState
from helios.rendering.cancellation import Cancellation
from helios.rendering.find import find_composition
from helios.rendering.local import check_not_input

_KINDS: dict[str, RowsKind] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}

_USUAL_NAMES = "{row}.mp4"


@with_render_options(skip=("concurrency",))
def command(
    composition: str,
    rows: Path,
    /,
    *,
    output: Annotated[
        str | None,
        Parameter(
            name=["--output", "-o"],
            help="the films: {column} and {row} are filled in (default: {row}.mp4)",
        ),
    ] = None,
    only_failed: Annotated[
        bool, Parameter(negative="", help="make only what the manifest does not call done")
    ] = False,
    concurrency: Annotated[
        int | None, Parameter(help="films made at once (default: as cores and memory allow)")
    ] = None,
    manifest: Annotated[
        Path | None, Parameter(help="what became of each row (default: ROWS.manifest.json)")
    ] = None,
    json: JsonEvents = False,
    quiet: Annotated[
        bool, Parameter(name=["--quiet", "-q"], negative="", help="the last line only")
    ] = False,
    **flags: Any,
) -> int:
    """Render a film for every row of a table.

    ROWS is CSV (commas, semicolons or tabs), a JSON list, or JSON lines. Columns are props of the
    composition; those that begin with "option." are options of the film, such as option.fps. A bad
    row does not stop the rest. Exit code 1: a row failed.

    helios batch card.html people.csv -o 'films/{name}.mp4' --concurrency 2

    helios batch card.html people.csv -o 'films/{name}.mp4' --only-failed

    A batch that was interrupted goes on when the same command is run again.
    """
    if concurrency is not None and not 1 <= concurrency <= 64:
        raise OptionError(f"--concurrency must be 1 to 64, not {concurrency}")
    options = read_flags(flags)
    place = manifest or rows.with_name(f"{rows.name}.manifest.json")
    check_not_input(place, (str(rows),))
    table = read_rows(rows)
    found = find_composition(composition, Path.cwd(), options.root)
    cancellation = Cancellation()
    with Display(as_json=json, quiet=quiet) as display:
        if output is None:
            output = _USUAL_NAMES
            display.say(f"without -o the films are {_USUAL_NAMES}, in this folder")
        told: set[str] = set()

        def on_row(state: RowState) -> None:
            _tell(display, state, told)

        try:
            with Interruption(cancellation):
                result = Batch(found, place, on_row).run(
                    table,
                    output,
                    options,
                    at_once=concurrency,
                    only_failed=only_failed,
                    cancellation=cancellation,
                )
        except (KeyboardInterrupt, Cancelled):
            raise Cancelled(hint="Run the same command again to go on.") from None
        failed = sum(state.status == "failed" for state in result.rows)
        done = len(result.rows) - failed
        display.event(BatchEvent(manifest=str(place), done=done, failed=failed))
        display.result(f"{place}: {done} of {len(table)} rows made, {failed} failed")
        if failed:
            display.say("Mend what failed, then run the same command with --only-failed.")
    return 1 if failed else 0


def read_rows(path: Path) -> list[Row]:
    """The rows of a file.

    Raises:
        OptionError: it cannot be read, or holds none.
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise OptionError(f"{path} is no table", hint=f"End it in one of: {', '.join(_KINDS)}.")
    table = parse_rows(kind, read_text(path, f"rows {path}"), f"rows {path}")
    if not table:
        raise OptionError(
            f"{path} has no rows",
            hint="The first line names the columns, each further line is a film; for example:"
            " name,title",
        )
    return table


def _tell(display: Display, state: RowState, told: set[str]) -> None:
    """A warning is said once: most are the same for all rows, and the manifest has them."""
    display.event(RowEvent(**dict(state)))
    for text in state.warnings:
        if text not in told:
            display.say(f"warning: row {state.row}: {text}")
    told.update(state.warnings)
    if state.status == "failed":
        display.say(f"failed: row {state.row}: {in_sentences(state.error, state.hint)}")
    else:
        display.say(f"row {state.row}: {state.output}, {state.frames} frames")
