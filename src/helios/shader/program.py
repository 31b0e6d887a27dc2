"""A shader program in words: its passes, what their channels show, and what can be set."""

from __future__ import annotations

from dataclasses import dataclass, field

from helios.model.composition import WGSL_SUFFIX

IMAGE, COMMON = "image", "common"
BUFFERS = ("bufferA", "bufferB", "bufferC", "bufferD")
PASSES = (*BUFFERS, IMAGE)
"""In the order in which they are drawn."""
CHANNEL_COUNT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a pass reads as ``iChannelN``."""

    kind: str
    """image, video, sound, keyboard, or the name of a buffer."""
    file: str = ""
    """Of an image or video: its address from the program's folder."""
    filter: str = "linear"
    wrap: str = "clamp"
    flip: bool = False
    """The first row of the file is the top of the texture, as in Shadertoy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Lines of one file."""

    file: str
    first_line: int
    """Counted from 1."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A program that draws one picture of each frame."""

    name: str
    parts: tuple[Part, ...]
    """Common code first."""
    channels: tuple[Channel | None, ...]

    @property
    def text(self) -> str:
        """All of its code."""
        return "\n".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a prop of the film sets: a uniform of the same name."""

    name: str
    type: str
    """float, int, bool, color, vec2, vec3 or vec4."""
    default: float | bool | str | tuple[float, ...]
    low: float | None = None
    high: float | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shader:
    """A whole program."""

    name: str
    passes: tuple[Pass, ...]
    """In the order in which they are drawn; the last is the picture."""
    parameters: tuple[Parameter, ...] = ()
    declared: dict[str, str] = field(default_factory=dict)
    """duration, fps, width and height, where the program says so."""
    files: tuple[str, ...] = ()
    """Addresses of what was read for it, from its folder."""

    @property
    def is_wgsl(self) -> bool:
        """Whether it is written in WGSL; else in GLSL."""
        return self.name.lower().endswith(WGSL_SUFFIX)

    @property
    def text(self) -> str:
        """All of its code."""
        return "\n".join(each.text for each in self.passes)

    @property
    def stateful_buffers(self) -> tuple[str, ...]:
        """Buffers that read a picture of the frame before: their own, or a later buffer's."""
        names = [each.name for each in self.passes]
        return tuple(
            each.name
            for place, each in enumerate(self.passes)
            for channel in each.channels
            if channel and channel.kind in BUFFERS and channel.kind in names[place:]
        )
