"""The props that a page says it takes, as a JSON Schema, whichever way it says so."""

from __future__ import annotations

from typing import Any

_KINDS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "color": {"type": "string", "format": "color"},
    "object": {"type": "object"},
    "array": {"type": "array"},
    "json": {},
    "enum": {},
}
"""The types of ``window.helios.schema``; those that are not here name an asset by its address."""
_RENAMED = {"label": "title", "name": "title", "min": "minimum", "max": "maximum"}
_KEPT = frozenset(
    {
        "title",
        "description",
        "default",
        "minimum",
        "maximum",
        "step",
        "enum",
        "minLength",
        "maxLength",
        "pattern",
        "group",
    }
)
_DEEPEST = 4


def props_form(declared: object) -> dict[str, Any]:
    """A JSON Schema of an object.

    Args:
        declared: a JSON Schema; or ``{name: {"type": ..., "default": ..., "minimum": ...}}`` as
            pages made with Helios' library have it; or a list of such fields with an ``id``, as
            those for HyperFrames have it. What is none of these asks for nothing.
    """
    if isinstance(declared, list):
        fields = [field for field in declared if isinstance(field, dict) and "id" in field]
        declared = {str(field["id"]): field for field in fields}
    if not isinstance(declared, dict):
        return {"type": "object", "properties": {}}
    if declared.get("type") == "object" and isinstance(declared.get("properties"), dict):
        return declared
    return {"type": "object", "properties": _properties(declared, 0)}


def _properties(declared: dict[str, Any], depth: int) -> dict[str, Any]:
    return {
        str(name): _field(field, depth)
        for name, field in declared.items()
        if isinstance(field, dict | str)
    }


def _field(field: dict[str, Any] | str, depth: int) -> dict[str, Any]:
    if isinstance(field, str):
        field = {"type": field}
    kind = field.get("type")
    made: dict[str, Any] = dict(_KINDS.get(str(kind), {"type": "string"}))
    for name, value in field.items():
        known = _RENAMED.get(name, name)
        if known in _KEPT:
            made.setdefault(known, value)
    if kind == "object" and isinstance(field.get("properties"), dict) and depth < _DEEPEST:
        made["properties"] = _properties(field["properties"], depth + 1)
    return made
