"""Bodies of requests: read with limits, whatever their kind."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from helios.errors import OptionError
from helios.files import documents
from helios.model.export import with_own_names
from helios.model.rows import Row, RowsKind, listed_rows, parse_rows
from helios.server.guard import MAX_JSON_BYTES, Refused

MAX_ROWS = 1000
_PIECE = 1 << 20
_ROWS_KINDS: dict[str, RowsKind] = {
    "text/csv": "csv",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
    "application/x-jsonlines": "jsonl",
    "application/json": "json",
}


def content_type(request: Request) -> str:
    """The kind of a body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request) -> Any:
    """A JSON body.

    Raises:
        Refused: it is none.
    """
    return parse_json(await request.body())


def parse_json(raw: bytes | str) -> Any:
    """A JSON value.

    Raises:
        Refused: it is none, or holds what no database can.
    """
    if len(raw) > MAX_JSON_BYTES:
        raise Refused(413, "the JSON is too large")
    try:
        return documents.parse_json(raw, "the body", max_bytes=MAX_JSON_BYTES)
    except OptionError as error:
        raise Refused(400, error.message) from error


async def read_object(request: Request) -> dict[str, Any]:
    """A JSON object.

    Raises:
        Refused: it is none.
    """
    if content_type(request) not in ("application/json", ""):
        raise Refused(415, "send application/json")
    value = await read_json(request)
    if not isinstance(value, dict):
        raise Refused(422, "the body must be a JSON object")
    return value


@contextlib.asynccontextmanager
async def opened_form(request: Request) -> AsyncIterator[tuple[dict[str, Any], UploadFile | None]]:
    """The ``config`` and ``audio`` of a form; files that were spooled go at the end.

    Raises:
        Refused: it is not that.
    """
    try:
        form = await request.form(max_files=2, max_fields=20, max_part_size=MAX_JSON_BYTES)
    except MultiPartException as error:
        raise Refused(400, f"the form cannot be read: {error.message}") from error
    try:
        yield await _fields(form)
    finally:
        await form.close()


async def _fields(form: FormData) -> tuple[dict[str, Any], UploadFile | None]:
    given = form.get("config")
    raw = await given.read(MAX_JSON_BYTES + 1) if isinstance(given, UploadFile) else given
    values = {} if raw is None else parse_json(raw)
    if not isinstance(values, dict):
        raise Refused(422, "config must be a JSON object")
    unknown = set(form) - {"config", "audio", "file"}
    if unknown:
        raise Refused(422, f"the form has unknown fields: {', '.join(sorted(unknown))[:200]}")
    upload = form.get("audio") or form.get("file")
    if isinstance(upload, str):
        raise Refused(422, "audio must be a file")
    return values, upload


async def pieces(upload: UploadFile) -> AsyncIterator[bytes]:
    """An uploaded file, piece by piece."""
    while piece := await upload.read(_PIECE):
        yield piece


def read_rows(kind: str, raw: bytes) -> Iterator[Any]:
    """The rows of a batch: a JSON list, JSON lines or CSV; a bad one comes as an ``OptionError``.

    Raises:
        Refused: the whole cannot be read, or it is too long.
    """
    if kind not in _ROWS_KINDS:
        raise Refused(415, "send text/csv, application/jsonl or application/json")
    if len(raw) > MAX_JSON_BYTES:
        raise Refused(413, "the rows are too large")
    if _ROWS_KINDS[kind] == "json":
        rows = listed_rows(parse_json(raw), "the batch")
    else:
        try:
            text = documents.as_text(raw, "the body")
            rows = parse_rows(_ROWS_KINDS[kind], text, "the rows", max_bytes=MAX_JSON_BYTES)
        except OptionError as error:
            raise Refused(400, error.message) from error
    for row in _not_too_many(rows):
        if isinstance(row, dict) and _ROWS_KINDS[kind] == "csv":
            yield _from_cells(row)
        else:
            yield row


def table_rows(text: str) -> list[Row]:
    """The rows of a table, its cells as text; a bad one is an ``OptionError``.

    Raises:
        Refused: the whole cannot be read, or it is too long.
    """
    try:
        return _not_too_many(parse_rows("csv", text, "the table", max_bytes=MAX_JSON_BYTES))
    except OptionError as error:
        raise Refused(400, error.message) from error


def _not_too_many(rows: list[Row]) -> list[Row]:
    if len(rows) > MAX_ROWS:
        raise Refused(413, f"more than {MAX_ROWS} rows")
    return rows


def _from_cells(row: dict[str, Any]) -> Any:
    try:
        values = with_own_names(row)
    except OptionError as error:
        return error
    if ";" in values.get("type", ""):
        values["type"] = [part.strip() for part in values["type"].split(";")]
    return values
