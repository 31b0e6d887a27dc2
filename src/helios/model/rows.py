"""Rows of a batch as programs write them: CSV, JSON lines, a JSON list. Pure."""

from __future__ import annotations

import csv
import io
import re
from typing import Any, Literal

from helios.errors import OptionError
from helios.files.documents import MAX_BYTES, as_object, parse_json

RowsKind = Literal["csv", "jsonl", "json"]
Row = dict[str, Any] | OptionError
"""A row, or what is wrong with it; a bad one does not stop the rest."""
_DELIMITERS = ",;\t"
_QUOTED = re.compile(r'"[^"]*"')


def parse_rows(kind: RowsKind, text: str, what: str, *, max_bytes: int = MAX_BYTES) -> list[Row]:
    """The rows that ``text`` holds.

    A table may be divided by commas, semicolons or tabs: by what divides its header. Its cells are
    text, and empty ones are not given.

    Raises:
        OptionError: the whole cannot be read.

    Example:
        >>> parse_rows("csv", "name;title\\nann;Hello, Ann\\n", "the rows")
        [{'name': 'ann', 'title': 'Hello, Ann'}]
    """
    if kind == "csv":
        return _table(text, what)
    if kind == "jsonl":
        lines = [line for line in text.split("\n") if line.strip()]
        return [_line(line, max_bytes) for line in lines]
    return listed_rows(parse_json(text, what, max_bytes=max_bytes), what)


def listed_rows(value: Any, what: str) -> list[Row]:
    """The rows of a JSON list.

    Raises:
        OptionError: it is none.
    """
    if not isinstance(value, list):
        raise OptionError(
            f"{what} must be a JSON list of objects", hint='For example: [{"name": "Ann"}]'
        )
    return [_object(row) for row in value]


def _table(text: str, what: str) -> list[Row]:
    if "\x00" in text:
        raise OptionError(f"{what} hold a NUL character")
    text = text.lstrip("\r\n")
    header = _QUOTED.sub("", text).partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        names = [name.strip() for name in reader.fieldnames or ()]
        lines = list(reader)
    except csv.Error as error:
        raise OptionError(f"the CSV cannot be read: {error}") from error
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise OptionError(f"the header names {', '.join(map(repr, twice))} twice")
    return [_cells(line) for line in lines]


def _cells(line: dict[str | Any, Any]) -> Row:
    if None in line:
        return OptionError("the row has more fields than the header")
    return {name.strip(): value for name, value in line.items() if value not in (None, "")}


def _line(line: str, max_bytes: int) -> Row:
    try:
        return _object(parse_json(line, "the row", max_bytes=max_bytes))
    except OptionError as error:
        return error


def _object(value: Any) -> Row:
    try:
        return as_object(value, "the row")
    except OptionError as error:
        return error
