"""``/api/batch``: many films in one request."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from helios.errors import HeliosError, OptionError, in_sentences
from helios.server.bodies import content_type, read_rows
from helios.server.context import Context, ServerContext, errors
from helios.server.requests import RenderBody, described
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
