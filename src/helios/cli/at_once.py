"""``--at-once`` of the commands that make films for others."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

AtOnce = Annotated[
    int | Literal["auto"],
    Parameter(help="films made at once; auto: one for every eight cores, two from four cores on"),
]


def as_number(at_once: int | Literal["auto"]) -> int | None:
    """How many films; None where the machine decides."""
    return None if at_once == "auto" else at_once
