"""Rows of a batch: how many, and as which programs write them."""

from __future__ import annotations

import pytest

from helios.errors import OptionError
from helios.server.bodies import MAX_ROWS, read_rows
from helios.server.guard import Refused

KINDS = ["text/csv", "application/jsonl", "application/json"]


def rows(kind: str, count: int) -> bytes:
    if kind == "text/csv":
        return b"type\n" + b"shorts\n" * count
    lines = [b'{"type": "shorts"}'] * count
    return b"\n".join(lines) if kind == "application/jsonl" else b"[" + b",".join(lines) + b"]"


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_a_most_of_rows(kind: str) -> None:
    assert len(list(read_rows(kind, rows(kind, MAX_ROWS)))) == MAX_ROWS
    with pytest.raises(Refused, match="more than 1000 rows") as caught:
        list(read_rows(kind, rows(kind, MAX_ROWS + 1)))
    assert caught.value.status == 413


@pytest.mark.parametrize("kind", KINDS)
def test_a_byte_order_mark_is_no_part_of_the_first_name(kind: str) -> None:
    assert list(read_rows(kind, b"\xef\xbb\xbf" + rows(kind, 1))) == [{"type": "shorts"}]


def test_a_row_of_a_table_may_name_several_types() -> None:
    table = b"template,type\nemberLake,shorts; reels\nemberLake,square\n"
    first, second = read_rows("text/csv", table)
    assert first == {"composition": "emberLake", "type": ["shorts", "reels"]}
    assert second["type"] == "square"


def test_a_row_with_a_stray_comma_is_an_error_of_that_row_alone() -> None:
    good, bad = read_rows("text/csv", b"template,type\nemberLake,shorts\nember,Lake,shorts\n")
    assert good == {"composition": "emberLake", "type": "shorts"}
    assert isinstance(bad, OptionError)
    assert "more fields than the header" in bad.message
