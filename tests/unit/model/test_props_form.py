"""The props that a page says it takes, whichever way it says so."""

from __future__ import annotations

from typing import Any

import pytest

from helios.model.props_form import props_form


def test_a_json_schema_is_taken_as_it_is() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}
    assert props_form(schema) == schema


@pytest.mark.parametrize(
    ("field", "made"),
    [
        (
            {"type": "number", "min": 0, "max": 9, "default": 2},
            {"type": "number", "minimum": 0, "maximum": 9, "default": 2},
        ),
        (
            {"type": "color", "label": "Tint"},
            {"type": "string", "format": "color", "title": "Tint"},
        ),
        ({"type": "image", "accept": ["a/b"]}, {"type": "string"}),
        ({"type": "enum", "enum": ["a", 2]}, {"enum": ["a", 2]}),
        ("boolean", {"type": "boolean"}),
        (
            {"type": "object", "properties": {"x": {"type": "integer"}}},
            {"type": "object", "properties": {"x": {"type": "integer"}}},
        ),
    ],
)
def test_a_field_of_the_library_becomes_one_of_json_schema(field: Any, made: Any) -> None:
    assert props_form({"f": field}) == {"type": "object", "properties": {"f": made}}


def test_a_list_of_fields_has_their_ids_as_names() -> None:
    fields = [{"id": "title", "type": "string", "label": "Title", "default": "Hi"}, {"no": 1}, 7]
    assert props_form(fields)["properties"] == {
        "title": {"type": "string", "title": "Title", "default": "Hi"}
    }


@pytest.mark.parametrize("odd", [None, 7, "text", [], {"a": 7, "b": None}, [[]]])
def test_what_says_nothing_asks_for_nothing(odd: Any) -> None:
    assert props_form(odd) == {"type": "object", "properties": {}}
