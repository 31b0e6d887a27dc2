"""Rows as spreadsheets and programs write them."""

from __future__ import annotations

import pytest

from helios.errors import OptionError
from helios.model.rows import RowsKind, parse_rows


@pytest.mark.parametrize(
    "text",
    [
        "name,title\nann,one\n",
        "name;title\r\nann;one\r\n",
        " name\ttitle \nann\tone",
        '\n"name";"title"\n"ann";"one"\n',
        "name,title,\n\nann,one,\n",
    ],
)
def test_a_table_is_divided_by_what_divides_its_header(text: str) -> None:
    assert parse_rows("csv", text, "rows") == [{"name": "ann", "title": "one"}]


def test_what_is_quoted_divides_nothing() -> None:
    text = '"a;b;c",d\n"1,\n2","say ""hi"""\n'
    assert parse_rows("csv", text, "rows") == [{"a;b;c": "1,\n2", "d": 'say "hi"'}]


def test_a_bad_row_is_an_error_in_its_place() -> None:
    table = parse_rows("csv", "a,b\n1,2,3\n4\n", "rows")
    assert "more fields" in str(table[0])
    assert table[1] == {"a": "4"}
    lines = parse_rows("jsonl", '{"a": 1}\n\n[1]\n{"a": \n{"a": "\u2028"}\n', "rows")
    assert [isinstance(row, OptionError) for row in lines] == [False, True, True, False]
    listed = parse_rows("json", '[{"a": 1}, 7]', "rows")
    assert [isinstance(row, OptionError) for row in listed] == [False, True]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("csv", "a,b,a\n1,2,3\n", "'a' twice"),
        ("csv", 'a,b\n"1,2\n', "cannot be read"),
        ("csv", "a\n\x00\n", "NUL"),
        ("json", '{"a": 1}', "a JSON list"),
        ("json", "[", "not JSON"),
    ],
)
def test_a_table_that_is_none_is_refused(kind: RowsKind, text: str, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        parse_rows(kind, text, "rows")
