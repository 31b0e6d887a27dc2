"""``/api/batch``: many films in one request."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from helios.errors import HeliosError, OptionError, in_sentences
from helios.files.documents import as_object, validated
from helios.model.export import with_own_names
from helios.rendering.batch import check_pattern, output_of, props_and_options
from helios.server.bodies import content_type, read_object, read_rows, table_rows
from helios.server.context import Context, ServerContext, errors
from helios.server.requests import RenderBody, TableBody, described
from helios.server.routes.renders import submit_values
from helios.server.shapes import BatchResult, BatchRow

router = APIRouter()


@router.post(
    "/api/batch",
    tags=["render"],
    responses=errors(400, 408, 413, 415, 422, 429),
    openapi_extra=described(
        {"application/json": list[RenderBody], "application/jsonl": str, "text/csv": str}
    ),
)
async def batch(request: Request, context: Context) -> BatchResult:
    """A film, or several, for every row; a bad row does not stop the rest."""
    rows = list(read_rows(content_type(request), await request.body()))
    return await run_in_threadpool(_submit_rows, context, rows)


@router.post(
    "/api/batch/table",
    tags=["render"],
    responses=errors(400, 408, 413, 415, 422, 429),
    openapi_extra=described({"application/json": TableBody}),
)
async def table(request: Request, context: Context) -> BatchResult:
    """A film of one composition for every row of a table; a bad row does not stop the rest."""
    values = await read_object(request)
    config = as_object(values.get("config"), "config")
    asked = validated(TableBody, {**values, "config": {"composition": "checked elsewhere"}})
    rows = table_rows(asked.table)
    if not rows:
        raise OptionError("the table has no rows", hint="Below its header each line is a film.")
    check_pattern(asked.output, rows)
    base = with_own_names(config)
    films = [_film_of(base, number, row, asked.output) for number, row in enumerate(rows, 1)]
    result = await run_in_threadpool(_submit_rows, context, films)
    for told, row in zip(result.rows, rows, strict=True):
        told.cells = row if isinstance(row, dict) else {}
    return result


def _film_of(config: dict[str, Any], number: int, row: Any, pattern: str) -> Any:
    """The configuration of a row's film, or what is wrong with the row."""
    try:
        if isinstance(row, HeliosError):
            raise row
        props, options = props_and_options(row)
        own = with_own_names(options)
        props = {**as_object(config.get("props", {}), "props"), **props}
        return {**config, **own, "props": props, "output": output_of(number, row, pattern)}
    except OptionError as error:
        return error


def _submit_rows(context: ServerContext, rows: list[Any]) -> BatchResult:
    found = [_submit_row(context, number, row) for number, row in enumerate(rows, 1)]
    accepted = sum(row.error is None for row in found)
    return BatchResult(rows=found, accepted=accepted, rejected=len(found) - accepted)


def _submit_row(context: ServerContext, number: int, row: Any) -> BatchRow:
    try:
        if isinstance(row, HeliosError):
            raise row
        if not isinstance(row, dict):
            raise OptionError("a row must be an object")
        return BatchRow(row=number, job_ids=submit_values(context, row))
    except HeliosError as error:
        return BatchRow(row=number, error=in_sentences(error.message, error.hint))
