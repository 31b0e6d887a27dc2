"""What a page needs to live in the browser of who looks at it, as it does where it is rendered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class LivePage(BaseModel):
    """A page on this machine's disk, and the film that it is in."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )

    file: Path
    root: Path
    """The folder that it may load from, resolved."""
    document: bytes | None = None
    """What stands at its address in place of the file: the page that draws a shader."""
    hosts: tuple[str, ...] = ()
    """``HOST[:PORT]`` that it may load from besides."""
    public_hosts: bool = False
    """It may load from any host on the public internet."""
    width: int
    height: int
    """CSS pixels of what it is laid out in."""
    pixel_ratio: float
    """Pixels of the film for one of these."""
    fps: str
    total_frames: int
    told: dict[str, Any]
    """What our scripts are told of the film."""
    flags: tuple[str, ...] = ()
    """What they are told about its code."""
    props: dict[str, Any] = Field(default_factory=dict)
    song_about: str | None = None
    """JSON: where the columns of the film's sound lie; None: the page asks for none."""
    song: bytes = b""
    """These columns."""
