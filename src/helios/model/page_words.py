"""What a page says of itself."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class PageWords(BaseModel):
    """The props that a page takes, and what it told its console while it loaded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: dict[str, Any] = Field(description="the JSON Schema of its props")
    console: tuple[str, ...] = Field((), description="such as ``warning: no such picture``")
