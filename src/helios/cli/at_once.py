"""``--at-once`` and ``--workers`` of the commands that make films for others."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

AtOnce = Annotated[
    int | Literal["auto"],
    Parameter(help="films made at once; auto: one for every eight cores, two from four cores on"),
]
AllWorkers = Annotated[
    int | Literal["auto"],
    Parameter(help="chunks drawn at once, of all films together; auto: from the cores"),
]


def as_number(given: int | Literal["auto"]) -> int | None:
    """How many; None where the machine decides."""
    return None if given == "auto" else given
