"""A part of the song, such as its drums, that is heard apart."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from helios.errors import OptionError
from helios.files.documents import validated
from helios.model.audio import AudioTrack

_NAME = r"^[a-z][A-Za-z0-9]{0,31}$"


class Stem(BaseModel):
    """One stem: it lies in the film where the sound lies that the film follows.

    Written on the command line as ``NAME=FILE``; ``str(stem)`` gives that form and ``Stem.parse``
    reads it.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        defer_build=True,
    )

    name: str = Field(pattern=_NAME, description="as templates and pages call it")
    file: str = Field(min_length=1, description="path of a sound as long as the whole")

    @classmethod
    def parse(cls, text: object) -> Stem:
        """Read the command-line form.

        Raises:
            OptionError: it names no file, or the name is none.
        """
        if isinstance(text, Stem):
            return text
        name, equals, file = str(text).partition("=")
        if not equals or not file:
            raise OptionError(
                f"stem {str(text)!r} must be NAME=FILE", hint="For example: drums=drums.wav"
            )
        values: dict[str, Any] = {"name": name.strip(), "file": file}
        return validated(cls, values, f"stem {name}")

    def beside(self, followed: AudioTrack) -> AudioTrack:
        """The stem's sound, where the whole lies."""
        return followed.followed().model_copy(update={"file": self.file})

    def __str__(self) -> str:
        return f"{self.name}={self.file}"


Sound = TypeVar("Sound", AudioTrack, Stem)
"""What names the file of a sound."""
