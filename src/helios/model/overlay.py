"""A page that lies over a film."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from helios.errors import OptionError
from helios.files.documents import parse_json, read_json, validated
from helios.model.facts import CaptureMethod

_PROPS = ",props="
_PARTS = ("picture", "lines", "capture")
"""What is written before the props, in this order; see ``OverlayPage``."""
SETTINGS = (*_PARTS, "props")
"""What may stand after a page, each with ``=``."""


class OverlayPage(BaseModel):
    """One page over the film, with the film's clock and sound.

    Written on the command line as ``PAGE[,picture=FILE][,lines=FILE][,capture=METHOD]
    [,props=JSON]``; the props come last, for they may contain commas. ``str(overlay)`` gives that
    form, ``OverlayPage.parse`` reads it.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        defer_build=True,
    )

    page: str = Field(
        min_length=1, description="path or URL of a page, or the name of a shipped one"
    )
    props: dict[str, Any] = Field({}, description="what it is told: its __HELIOS_PROPS__")
    picture: str | None = Field(
        None,
        min_length=1,
        description="image, or sound with cover art, that it shows (default: that of the song)",
    )
    lines: str | None = Field(
        None, min_length=1, description="lyrics or captions that it shows: LRC, SRT, JSON, ..."
    )
    capture: CaptureMethod | None = Field(None, description="force a capture method")

    @classmethod
    def parse(cls, text: object) -> OverlayPage:
        """Read the command-line form; ``props=@FILE`` reads them from a file.

        Raises:
            OptionError: no page, or a part that cannot be read.
        """
        if isinstance(text, OverlayPage):
            return text
        head, has_props, props = str(text).partition(_PROPS)
        values: dict[str, Any] = {}
        # From the right, so that names of files may contain commas.
        for name in reversed(_PARTS):
            before, found, value = head.rpartition(f",{name}=")
            if found:
                head, values[name] = before, value
        values["page"] = head
        if has_props:
            values["props"] = read_props(props)
        if not values["page"]:
            raise OptionError(f"overlay {str(text)!r} names no page")
        return validated(cls, values, f"overlay {values['page']}")

    def __str__(self) -> str:
        given = ((name, getattr(self, name)) for name in _PARTS)
        parts = "".join(f",{name}={value}" for name, value in given if value is not None)
        props = f"{_PROPS}{json.dumps(self.props, sort_keys=True)}" if self.props else ""
        return f"{self.page}{parts}{props}"

    def with_files(self, place: Callable[[str], str]) -> OverlayPage:
        """The same with other names of the files that it reads, its page left aside."""
        named = {name: getattr(self, name) for name in ("picture", "lines")}
        placed = {name: place(file) for name, file in named.items() if file and "://" not in file}
        return self.model_copy(update=placed)


def props_of(overlay: object) -> str:
    """The props in the command-line form of an overlay, as they were given; empty without any."""
    return overlay.partition(_PROPS)[2] if isinstance(overlay, str) else ""


FROM_FILE = "@"
"""What stands before the name of a file that holds the props."""


def read_props(text: str) -> dict[str, Any]:
    """Read props: a JSON object, or ``@`` and the file that holds one.

    Raises:
        OptionError: the file cannot be read, or it is not a JSON object.
    """
    if text.startswith(FROM_FILE):
        file = text.removeprefix(FROM_FILE)
        value = read_json(Path(file), f"props file {file}")
    else:
        value = parse_json(text, "props")
    if not isinstance(value, dict):
        raise OptionError("props must be a JSON object", hint='For example: {"title": "Hello"}.')
    return value
