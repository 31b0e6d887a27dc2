"""A film for every row of a table: one bad row does not stop the rest, workers stay warm."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from helios.errors import HeliosError, OptionError
from helios.executors.pool import WorkerPool
from helios.files.documents import problems, read_json, validated
from helios.files.whole import write_whole
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions, advice, flag_of, unknown_option
from helios.model.rows import Row
from helios.planning.digest import digest_of
from helios.planning.encoding import expected_codec
from helios.planning.picture_size import size_before_inspection
from helios.planning.planner import RenderPlan
from helios.planning.workers import choose_films, worker_bytes, workers_of_cores
from helios.process.cores import available_cores
from helios.process.memory import memory_limit_bytes
from helios.rendering.cancellation import Cancellation
from helios.rendering.orchestrator import RenderOrchestrator
from helios.rendering.prepare import check_suffix, prepare_plan
from helios.rendering.unread_props import unread_props
from helios.scene.look import look_names

OPTION_PREFIX = "option."
"""Columns of this prefix are options; the others are props."""
_FIELD = re.compile(r"\{([^{}]*)\}")
_NOT_IN_NAMES = re.compile(r"[/\\\x00-\x1f\x7f:]")
_SAVED_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One row, decided: what it is made of and where it goes."""

    number: int
    digest: str
    output: Path
    options: RenderOptions
    named: tuple[str, ...]
    """Columns that the output's name reads."""


class RowState(BaseModel):
    """What became of one row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: int
    """Counted from 1, without the header."""
    status: Literal["done", "failed"]
    digest: str = ""
    """Of the composition's place, the row's values, its output and the options."""
    output: str = ""
    frames: int = 0
    seconds: float = 0.0
    error: str = ""
    hint: str = ""
    warnings: tuple[str, ...] = ()


class Manifest(BaseModel):
    """What became of each row so far."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    total: int
    finished: bool
    """False where the batch was interrupted: the next run goes on."""
    rows: tuple[RowState, ...]


def film_of(
    composition: Composition, number: int, row: Row, pattern: str, options: RenderOptions
) -> Film:
    """What is to be made of a row.

    Raises:
        OptionError: it cannot be used, or the output names a column that it lacks.
    """
    if isinstance(row, OptionError):
        raise row
    props, given = props_and_options(row)
    merged = {**options.model_dump(exclude_unset=True), **given}
    fields = _FIELD.findall(pattern)
    if composition.kind is CompositionKind.SCENE:  # which says itself what it does not read
        props = {k: v for k, v in props.items() if k in look_names() or k not in fields}
    merged["props"] = {**options.props, **props}

    def named(place: tuple[int | str, ...]) -> str:
        is_column = bool(place) and place[0] in given
        return f"column {OPTION_PREFIX}{place[0]}" if is_column else flag_of(place)

    def explain(error: ValidationError) -> str:
        return problems(error, named=named, unknown=unknown_option)

    chosen = validated(RenderOptions, merged, explain=explain, advise=advice)
    output = output_of(number, row, pattern)
    document = [composition.location, chosen.model_dump(mode="json"), output]
    return Film(
        number=number,
        digest=digest_of(document),
        output=Path(output),
        options=chosen,
        named=tuple(fields),
    )


def props_and_options(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of a row that are props, and those that are options.

    Raises:
        OptionError: a column is neither.

    Example:
        >>> props_and_options({"title": "Hello", "option.fps": "25"})
        ({'title': 'Hello'}, {'fps': '25'})
    """
    props = {name: value for name, value in row.items() if not name.startswith(OPTION_PREFIX)}
    options = {
        name.removeprefix(OPTION_PREFIX): value
        for name, value in row.items()
        if name.startswith(OPTION_PREFIX)
    }
    if "props" in options:
        raise OptionError(
            f"there is no column {OPTION_PREFIX}props", hint="Each prop is a column of its own."
        )
    return props, options


def output_of(number: int, row: dict[str, Any], pattern: str) -> str:
    """The row's file: ``{column}`` is its value, ``{row}`` its number; values add no folders.

    Raises:
        OptionError: the row has no such value.

    Example:
        >>> output_of(7, {"name": "../AC/DC"}, "films/{row}{name}.mp4")
        'films/7-AC-DC.mp4'
    """
    values = {"row": number, **row}

    def value(match: re.Match[str]) -> str:
        text = str(values.get(match[1], "")).strip().lstrip(".")
        if not text:
            raise OptionError(f"-o {pattern}: the row has no {match[1]!r}")
        return _NOT_IN_NAMES.sub("-", text)

    return _FIELD.sub(value, pattern)


def check_pattern(pattern: str, rows: Sequence[Row]) -> None:
    """Refuse an output that cannot name a film for each row.

    Raises:
        OptionError: it is the same for all, or names a column that there is not.
    """
    fields = _FIELD.findall(pattern)
    if not fields and len(rows) > 1:
        raise OptionError(
            f"-o {pattern} is one file for {len(rows)} rows",
            hint="Name a column in it: '{name}.mp4', or '{row}.mp4'.",
        )
    columns = {name for row in rows if isinstance(row, dict) for name in row}
    for name in fields:
        if name != "row" and name not in columns:
            known = ", ".join(sorted(columns)[:20])
            raise OptionError(f"-o {pattern}: no column {name!r}", hint=f"There are: {known}.")


def check_request(
    composition: Composition, pattern: str, options: RenderOptions, rows: Sequence[Row]
) -> None:
    """Refuse what no row could make right: a mistake in what is the same for all films.

    Raises:
        HeliosError: as a single film of that name and those options would be refused.
    """
    output = Path(pattern)
    if _FIELD.search(output.suffix):
        return
    columns = {name for row in rows if isinstance(row, dict) for name in row}
    if options.frames is None and f"{OPTION_PREFIX}frames" not in columns:
        check_suffix(output)
    if not any(name.startswith(OPTION_PREFIX) for name in columns):
        prepare_plan(composition, output, options, Path.cwd())


def read_manifest(path: Path) -> Manifest | None:
    """What an earlier run left, if anything.

    Raises:
        OptionError: it is no manifest.
    """
    if not path.exists():
        return None
    return validated(Manifest, read_json(path, f"manifest {path}"), f"manifest {path}")


def is_kept(film: Film, before: Manifest | None, *, only_failed: bool) -> RowState | None:
    """What an earlier run says of a film that need not be made again."""
    if before is None or (before.finished and not only_failed):
        return None
    for state in before.rows:
        if state.row == film.number and state.digest == film.digest and state.status == "done":
            return state if film.output.exists() else None
    return None


class Batch:
    """Makes the films; ``on_row`` is told of each that is over."""

    def __init__(
        self, composition: Composition, manifest: Path, on_row: Callable[[RowState], None]
    ) -> None:
        self._composition = composition
        self._manifest = manifest
        self._on_row = on_row
        self._pools: SimpleQueue[WorkerPool] = SimpleQueue()
        self._states: dict[int, RowState] = {}
        self._workers: int | None = None
        """Of each film, where several are made at once and none of them says."""
        self._saved_s = 0.0

    def run(
        self,
        rows: Sequence[Row],
        pattern: str,
        options: RenderOptions,
        *,
        at_once: int | None,
        only_failed: bool,
        cancellation: Cancellation,
    ) -> Manifest:
        """Make what is to be made, so many films at once; by default as the machine allows.

        Raises:
            HeliosError: the output cannot name the films, the manifest is none, or no row could be
                made as the options are; no film and no manifest was touched.
            Cancelled: stopped on request; the manifest says what was made.
        """
        check_pattern(pattern, rows)
        check_request(self._composition, pattern, options, rows)
        before = read_manifest(self._manifest)
        films = self._decided(rows, pattern, options, before, only_failed=only_failed)
        at_once = at_once or self._films_at_once(options, films)
        if at_once > 1:
            drawing = workers_of_cores(self._composition.kind, available_cores())
            self._workers = max(1, drawing // at_once)
        makes_rows = len(films) > at_once
        with ExitStack() as stack:
            threads = stack.enter_context(ThreadPoolExecutor(at_once))
            for _ in range(at_once):
                self._pools.put(WorkerPool(makes_rows=makes_rows))
            stack.callback(self._close, at_once)
            stack.callback(threads.shutdown, cancel_futures=True)
            stack.callback(self._save, len(rows), finished=False)
            waiting = {threads.submit(self._made, film, cancellation) for film in films}
            while waiting:
                done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    self._note(future.result())
                if time.monotonic() - self._saved_s > _SAVED_EVERY_S:
                    self._save(len(rows), finished=False)
            cancellation.check()
        return self._save(len(rows), finished=True)

    def _films_at_once(self, options: RenderOptions, films: Sequence[Film]) -> int:
        kind = self._composition.kind
        codec = expected_codec(
            options.video_codec,
            options.encoding_preset,
            films[0].output.suffix if films else "",
            type_name=options.type,
            is_transparent=options.transparent,
        )
        size = size_before_inspection(kind, options)
        allowed = choose_films(
            kind,
            cores=available_cores(),
            memory_bytes=memory_limit_bytes(),
            bytes_each=worker_bytes(kind, size.width, size.height, codec),
        )
        return max(1, min(allowed, len(films)))

    def _decided(
        self,
        rows: Sequence[Row],
        pattern: str,
        options: RenderOptions,
        before: Manifest | None,
        *,
        only_failed: bool,
    ) -> list[Film]:
        films: dict[Path, Film] = {}
        for number, row in enumerate(rows, 1):
            try:
                film = film_of(self._composition, number, row, pattern, options)
                if film.output in films:
                    other = films[film.output].number
                    raise OptionError(f"{film.output} is the film of row {other} already")
                films[film.output] = film
            except HeliosError as error:
                self._note(_failed(number, error))
                continue
            if kept := is_kept(film, before, only_failed=only_failed):
                self._states[number] = kept
        return [film for film in films.values() if film.number not in self._states]

    def _made(self, film: Film, cancellation: Cancellation) -> RowState:
        plans: list[RenderPlan] = []
        options = film.options
        if self._workers and not (options.workers or options.concurrency):
            options = options.changed(workers=self._workers)
        with self._pool() as pool:
            cancellation.check()
            try:
                result = RenderOrchestrator.render(
                    self._composition,
                    film.output,
                    options,
                    on_plan=plans.append,
                    cancellation=cancellation,
                    pool=pool,
                )
            except HeliosError as error:
                return _failed(film.number, error, film)
            except Exception as error:  # noqa: BLE001 - one row must not end the batch
                odd = HeliosError(f"{type(error).__name__}: {error}")
                return _failed(film.number, odd, film)
        ignored = [name for name in unread_props(result.plan) if name not in film.named]
        warned = [f"nothing reads the column {name!r}" for name in ignored]
        return RowState(
            row=film.number,
            status="done",
            digest=film.digest,
            output=str(film.output),
            frames=result.frame_count,
            seconds=round(result.seconds, 3),
            warnings=(*result.plan.warnings, *result.warnings, *warned),
        )

    @contextmanager
    def _pool(self) -> Iterator[WorkerPool]:
        """A warm pool; one that a failure cancelled is replaced."""
        pool = self._pools.get()
        try:
            yield pool
        finally:
            if pool.cancelled.is_set():
                pool.close()
                pool = WorkerPool(makes_rows=pool.makes_rows)
            self._pools.put(pool)

    def _close(self, count: int) -> None:
        for _ in range(count):
            self._pools.get().close()

    def _note(self, state: RowState) -> None:
        self._states[state.row] = state
        self._on_row(state)

    def _save(self, total: int, *, finished: bool) -> Manifest:
        states = tuple(self._states[number] for number in sorted(self._states))
        manifest = Manifest(total=total, finished=finished, rows=states)
        write_whole(self._manifest, manifest.model_dump_json(indent=1) + "\n", durable=finished)
        self._saved_s = time.monotonic()
        return manifest


def _failed(number: int, error: HeliosError, film: Film | None = None) -> RowState:
    return RowState(
        row=number,
        status="failed",
        digest=film.digest if film else "",
        output=str(film.output) if film else "",
        error=error.message,
        hint=error.hint,
    )
