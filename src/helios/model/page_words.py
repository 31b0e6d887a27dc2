"""What a page says of itself."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class PageWords(BaseModel):
    """The props that a page takes, what it declares of its film, and what it told its console."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: dict[str, Any] = Field(description="the JSON Schema of its props")
    loaded: bool = Field(True, description="whether it could be asked at all")
    width: int | None = Field(None, description="pixels it declares, if it does")
    height: int | None = Field(None, description="pixels it declares, if it does")
    fps: str | None = Field(None, description="frames per second it declares, such as 30000/1001")
    console: tuple[str, ...] = Field((), description="such as ``warning: no such picture``")
