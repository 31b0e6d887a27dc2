"""What programs that were written for the first version call is still there: names are added, none
is taken away or renamed."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import helios

# For each public name its parameters and its members. `RenderPlan` is made by `helios.plan` alone:
# what it is made of is nobody else's.
FIRST: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parent / "first_public_names.json").read_text()
)
SET_WHEN_MADE = {("JobRunner", "digest"), ("JobRunner", "job"), ("JobRunner", "options")}
"""Attributes that only an instance has; ``tests/unit/rendering/test_job_places.py`` reads them."""


def has_member(name: str, member: str) -> bool:
    thing: Any = getattr(helios, name)
    fields = thing.model_fields if issubclass(thing, BaseModel) else {}
    return member in fields or hasattr(thing, member) or (name, member) in SET_WHEN_MADE


def takes(name: str, parameter: str) -> bool:
    thing: Any = getattr(helios, name)
    if isinstance(thing, type) and issubclass(thing, BaseModel):
        thing.model_rebuild()  # its parameters are known when it is first made
    return parameter in inspect.signature(thing).parameters


@pytest.mark.parametrize("name", FIRST)
def test_what_was_public_is_public(name: str) -> None:
    assert name in helios.__all__
    known = FIRST[name]
    assert [each for each in known.get("members", ()) if not has_member(name, each)] == []
    assert [each for each in known.get("parameters", ()) if not takes(name, each)] == []
