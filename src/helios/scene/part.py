"""What all parts of a template share: strict fields in camelCase, colours, factors."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

Unit = Annotated[float, Field(ge=0, le=1)]
Colour = tuple[Unit, Unit, Unit]
Factor = Annotated[float, Field(gt=0, le=10)]
Vector = tuple[float, float, float]
Vector4 = tuple[float, float, float, float]


def _hex_colour(value: object) -> object:
    if isinstance(value, str) and value.startswith("#") and len(value) == 7:
        try:
            return tuple(int(value[i : i + 2], 16) / 255 for i in (1, 3, 5))
        except ValueError:
            return value
    return value


AnyColour = Annotated[Colour, BeforeValidator(_hex_colour)]


class Part(BaseModel):
    """A part of a template: nothing that is not named, nothing that is no number."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        allow_inf_nan=False,
    )
