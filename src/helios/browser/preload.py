"""The scripts that run in every document before the page's own."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

_PARTS = (
    "failures",
    "shared_memory",
    "clock",
    "chance",
    "colours",
    "glyphs",
    "animations",
    "depth",
    "ledger",
    "order",
    "sources",
    "atomics",
    "loads",
    "modules",
    "observers",
    "scrolling",
    "stamps",
    "timings",
    "media_source",
    "canvas_streams",
    "courier",
    "video",
    "caret",
    "layers",
    "random_styles",
    "svg_pictures",
    "pictures",
    "libraries",
    "sound",
    "transitions",
    "workers",
    "stage",
    "frame",
    "ready",
    "sole_canvas",
    "gl",
    "canvas",
    "offscreen",
    "sink",
    "paint",
    "fonts",
    "inspect",
    "media",
    "variables",
    "hearing",
    "timelines",
    "trouble",
)
_HOST_PARTS = ("sink", "host")
_WORKER_PARTS = (
    "failures",
    "shared_memory",
    "clock",
    "chance",
    "colours",
    "glyphs",
    "ledger",
    "order",
    "sources",
    "atomics",
    "modules",
    "workers",
    "gl",
    "offscreen",
    "inside",
)
EPOCH_MS = 1_704_067_200_000
"""What Date says at frame 0: 2024-01-01T00:00:00Z."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSong:
    """The film's sound, for a page to read; equal if the digests are."""

    digest: str
    about: str = field(compare=False)
    """JSON: where the columns lie in the payload, and what is none."""
    payload: bytes = field(compare=False, repr=False)
    """The columns, which it reads part by part; empty in silence."""
    textures: Callable[[], bytes] = field(compare=False, repr=False, default=bytes)
    """Makes Shadertoy's texture of each frame: two rows of 512 bytes, spectrum and wave."""

    @property
    def literal(self) -> str:
        """What it is told of it, as JavaScript."""
        # A function: documents that do not ask for it need not read it.
        return f"() => ({self.about})"


@cache
def read_script(name: str) -> str:
    """One of our scripts, by name without suffix."""
    return (files("helios.browser") / "js" / f"{name}.js").read_text(encoding="utf-8")


@cache
def preload_script() -> str:
    """All parts of a page's script; ``begin_script`` comes after it."""
    host = _listed(_HOST_PARTS)
    return _with_parts("preload", _PARTS).replace("[/*host parts*/]", host)


def begin_script(config: dict[str, Any], props: dict[str, Any], song: PageSong | None) -> str:
    """What lets the parts begin, with all that differs between pages."""
    values = {"epoch": EPOCH_MS, "ringWorker": read_script("ring_worker"), **config}
    text = read_script("begin").replace("{/*config*/}", _literal(values))
    text = text.replace("{/*song*/}", song.literal if song else "null")
    return text.replace("{/*props*/}", _literal(props))


def live_script(about: dict[str, Any], stage: str) -> str:
    """What a page runs first in another browser; ``stage`` is all that runs in every one."""
    return read_script("live").replace("{/*about*/}", _literal(about)).replace("/*stage*/", stage)


def worker_script(config: dict[str, Any]) -> str:
    """The same for a worker."""
    return _assemble("worker", _WORKER_PARTS, config)


def worklet_script(config: dict[str, Any]) -> str:
    """The same for a worklet."""
    return _assemble("worklet", ("chance",), {"epoch": EPOCH_MS, "seed": config["seed"]})


def _assemble(frame: str, names: tuple[str, ...], config: dict[str, Any]) -> str:
    return _with_parts(frame, names).replace("{/*config*/}", _literal(config))


@cache
def _with_parts(frame: str, names: tuple[str, ...]) -> str:
    return read_script(frame).replace("[/*parts*/]", _listed(names))


def _listed(names: tuple[str, ...]) -> str:
    parts = ",\n".join(f"({read_script(name).strip()})" for name in names)
    return f"[{parts}]"


def _literal(value: Any) -> str:
    # JSON is JavaScript but for two line separators in strings.
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def paint_host(width: int, height: int, address: str) -> bytes:
    """The document around a composition that is drawn into a canvas; sizes in pixels."""
    text = (files("helios.browser") / "js" / "paint_host.html").read_text(encoding="utf-8")
    text = text.replace("WIDTH", str(width)).replace("HEIGHT", str(height))
    return text.replace("ADDRESS", html.escape(address)).encode()
