"""A graphics card: the one module that knows wgpu.

Cards are found by name, asked for the limits that films need, and given programs, memory and
commands. What goes wrong with one is an :class:`~helios.errors.EnvironmentProblem`.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.errors import EnvironmentProblem, ExtraMissing
from helios.files.cache import cache_home
from helios.files.hold import Hold, hold
from helios.remedies.table import extra_remedy

_LIMITS = (
    "max-buffer-size",
    "max-storage-buffer-binding-size",
    "max-texture-dimension-2d",
)
"""What large pictures need more of than WebGPU promises."""
_ALIGNED = 256
_ARENA_BYTES = 1 << 19
_BINDING = 0x80 | 0x04 | 0x08  # STORAGE | COPY_SRC | COPY_DST
_NODES = ("dev/dri/renderD*", "dev/nvidia[0-9]*", "dev/kfd", "dev/dxg")
"""What a card is on Linux; where there is none, nothing needs to be loaded to know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A card that this machine offers, or a program that plays one."""

    number: int
    name: str
    driver: str
    interface: str
    """Vulkan, Metal, D3D12 or OpenGL."""
    is_software: bool

    def __str__(self) -> str:
        kind = "software, " if self.is_software else ""
        return f"{self.name} ({kind}{self.interface})"


def may_have_card() -> bool:
    """Whether it is worth looking for a card."""
    if find_spec("wgpu") is None:
        return False
    if sys.platform != "linux":
        return True
    return any(any(Path("/").glob(node)) for node in _NODES)


def adapters() -> tuple[Adapter, ...]:
    """What there is, the best first: cards before software, newer interfaces before OpenGL.

    Raises:
        ExtraMissing: wgpu is not installed.
    """
    return tuple(adapter for adapter, _ in _found())


def choose(found: Sequence[Adapter], name: str = "") -> Adapter:
    """The adapter to draw with: the one named (a part of its name, or its number), else the best
    card; never software that was not named.

    Raises:
        EnvironmentProblem: there is none.
    """
    if name:
        wanted = name.casefold()
        for fits in (
            lambda a: wanted in (str(a.number), a.name.casefold()),
            lambda a: wanted in a.name.casefold(),
        ):
            for adapter in filter(fits, found):
                return adapter
    else:
        for adapter in found:
            if not adapter.is_software:
                return adapter
    offered = "; ".join(f"{a.number}: {a}" for a in found) or "none at all"
    raise EnvironmentProblem(
        f"there is no graphics card {name!r}" if name else "there is no graphics card to draw with",
        hint=f"This machine offers {offered}. --backend cpu draws without one; `helios doctor` says"
        " what a card needs.",
    )


def alike(adapter: Adapter) -> tuple[Adapter, ...]:
    """The cards of that name: machines may have several of a kind."""
    return tuple(
        other
        for other in adapters()
        if (other.name, other.interface) == (adapter.name, adapter.interface)
    )


def _free(chosen: Adapter, name: str) -> tuple[Adapter, Hold | None]:
    """Of cards of a kind one that no other process of ours draws with, and what holds it."""
    same = alike(chosen)
    if len(same) == 1 or name == str(chosen.number):
        return chosen, None
    for adapter in same:
        try:
            folder = cache_home() / "cards"
            folder.mkdir(parents=True, exist_ok=True)
            held = hold(folder / f"{adapter.number}.lock", patience_s=0)
        except OSError:
            break
        if held is not None:
            return adapter, held
    return chosen, None


def _found() -> list[tuple[Adapter, Any]]:
    order = {"DiscreteGPU": 0, "IntegratedGPU": 1, "VirtualGPU": 1, "Unknown": 2, "CPU": 3}
    with _explained():
        # A card shows once for each interface: the first is the best.
        offered = sorted(
            _wgpu().gpu.enumerate_adapters_sync(),
            key=lambda a: (
                order.get(a.info["adapter_type"], 2),
                a.info["backend_type"] == "OpenGL",
            ),
        )
    found: list[tuple[Adapter, Any]] = []
    for raw in offered:
        info = raw.info
        is_software = info["adapter_type"] == "CPU" or "llvmpipe" in info["device"]
        adapter = Adapter(
            number=len(found),
            name=info["device"],
            driver=info["description"],
            interface=info["backend_type"],
            is_software=is_software,
        )
        found.append((adapter, raw))
    return found


@cache
def _wgpu() -> Any:
    # Mesa complains on stderr where there is none.
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    try:
        import wgpu
        import wgpu.backends.wgpu_native
    except ModuleNotFoundError as error:
        if error.name != "wgpu":
            raise
        raise ExtraMissing(
            "graphics cards need wgpu", hint=f"Install it: {extra_remedy('gpu')}"
        ) from error
    return wgpu


class CardMemoryLow(EnvironmentProblem):
    """The card lacks memory."""


@contextmanager
def _explained() -> Iterator[None]:
    """Whatever wgpu raises, as our own error."""
    try:
        yield
    except (EnvironmentProblem, ExtraMissing):
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:300]
        if "memory" in said.casefold():
            raise CardMemoryLow(
                f"the graphics card lacks memory: {said}",
                hint="Close what else uses it, render at a smaller size, or use --backend cpu."
                " What is finished is kept.",
            ) from error
        raise EnvironmentProblem(
            f"the graphics card failed: {said}",
            hint="Run the same command again: what is finished is kept. --backend cpu draws"
            " without a card.",
        ) from error


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled shader and the layouts of what it is bound to."""

    name: str
    pipeline: Any
    layouts: tuple[Any, ...]


class Card:
    """An open card."""

    def __init__(self, name: str = "", features: Sequence[str] = ()) -> None:
        found = _found()
        chosen = choose([adapter for adapter, _ in found], name)
        self.adapter, self._held = _free(chosen, name)
        with _explained():
            raw = found[self.adapter.number][1]
            self.limits: Mapping[str, int] = raw.limits
            self._device = raw.request_device_sync(
                required_features=list(features),
                required_limits={limit: self.limits[limit] for limit in _LIMITS},
            )
            self._arena = self._device.create_buffer(size=_ARENA_BYTES, usage=0x40 | 0x80 | 0x08)
        self._programs: dict[object, Program] = {}

    @property
    def largest_binding(self) -> int:
        """Bytes of memory that a program may see as one piece."""
        return self.limits["max-storage-buffer-binding-size"]

    @property
    def largest_side(self) -> int:
        """Pixels of a texture's side."""
        return self.limits["max-texture-dimension-2d"]

    def buffer(self, size: int) -> Any:
        """Memory that programs read and write."""
        with _explained():
            return self._device.create_buffer(size=max(4, -(-size // 4) * 4), usage=_BINDING)

    def read_back(self, size: int) -> Any:
        """Memory that this process can read."""
        with _explained():
            return self._device.create_buffer(size=-(-size // 8) * 8, usage=0x01 | 0x08)

    def texture(self, width: int, height: int, form: str = "rgba16float") -> Any:
        """A picture that programs read and write.

        Raises:
            EnvironmentProblem: it is larger than the card can hold.
        """
        if max(width, height) > self.largest_side:
            raise EnvironmentProblem(
                f"{self.adapter.name} holds pictures of {self.largest_side} pixels a side at most,"
                f" not {width}x{height}",
                hint="Render at a smaller size, or use --backend cpu.",
            )
        usage = 0x04 | 0x02 | (0 if form == "rgba8uint" else 0x08)
        with _explained():
            return self._device.create_texture(size=(width, height, 1), format=form, usage=usage)

    def write(self, buffer: Any, data: NDArray[Any]) -> None:
        """Fill the beginning of a buffer, before what is submitted next."""
        with _explained():
            self._device.queue.write_buffer(buffer, 0, np.ascontiguousarray(data))

    def write_texture(self, texture: Any, picture: NDArray[np.uint8]) -> None:
        """Fill a texture with (H, W, 4) bytes."""
        height, width = picture.shape[:2]
        with _explained():
            self._device.queue.write_texture(
                {"texture": texture},
                np.ascontiguousarray(picture),
                {"bytes_per_row": 4 * width, "rows_per_image": height},
                (width, height, 1),
            )

    def program(self, name: str, entry: str, *, repeat: int = 1, **words: str) -> Program:
        """The function ``entry`` of shaders/``name``.wgsl; its marked block is written ``repeat``
        times, for loops cost what they hold, and ``words`` are put in their place."""
        key = (name, entry, repeat, tuple(sorted(words.items())))
        if key not in self._programs:
            with _explained():
                module = self._device.create_shader_module(code=source(name, repeat, **words))
                pipeline = self._device.create_compute_pipeline(
                    layout="auto", compute={"module": module, "entry_point": entry}
                )
                count = 2 if "sprites" in _parts(name) else 1
                layouts = tuple(pipeline.get_bind_group_layout(i) for i in range(count))
            self._programs[key] = Program(f"{name} {entry}", pipeline, layouts)
        return self._programs[key]

    def record(self, draw: Callable[[Commands], None]) -> None:
        """Submit what ``draw`` records."""
        with _explained():
            commands = Commands(self._device, self._arena)
            draw(commands)
            commands.submit()

    def close(self) -> None:
        """Let go of the card and its memory."""
        self._programs.clear()
        self._device.destroy()
        if self._held is not None:
            self._held.close()


class Shelf:
    """Memory and pictures of a card that are kept by name, and made anew where they do not fit."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._kept: dict[str, Any] = {}

    def buffer(self, name: str, size: int) -> Any:
        """At least ``size`` bytes."""
        held = self._kept.get(name)
        if held is None or held.size < size:
            self._kept[name] = self._card.buffer(size * 5 // 4)
        return self._kept[name]

    def filled(self, name: str, data: NDArray[Any]) -> Any:
        """``data``, as a program sees it: no more than that, for programs ask how much it is."""
        buffer = self.buffer(name, data.nbytes)
        self._card.write(buffer, data)
        return {"buffer": buffer, "offset": 0, "size": -(-data.nbytes // 4) * 4}

    def texture(self, name: str, width: int, height: int, form: str = "rgba16float") -> Any:
        """A picture of exactly that size."""
        held = self._kept.get(name)
        if held is None or held.size[:2] != (width, height):
            self._kept[name] = self._card.texture(width, height, form)
        return self._kept[name]


class Commands:
    """Commands in the order in which they are carried out."""

    def __init__(self, device: Any, arena: Any) -> None:
        self._device, self._arena = device, arena
        self._uniforms = bytearray()
        self._encoder = device.create_command_encoder()
        self._pass: Any = None

    def run(
        self,
        program: Program,
        uniform: bytes,
        bindings: Sequence[Any],
        groups: tuple[int, int],
        more: Sequence[Any] = (),
    ) -> None:
        """Run a program: binding 0 is ``uniform``, then ``bindings``, buffers and textures
        (None: a place that this program does not use); ``more`` is bound as its second group."""
        at, size = len(self._uniforms), len(uniform)
        self._uniforms += uniform.ljust(-(-size // _ALIGNED) * _ALIGNED, b"\0")
        if self._pass is None:
            self._pass = self._encoder.begin_compute_pass()
        self._pass.set_pipeline(program.pipeline)
        first = {"buffer": self._arena, "offset": at, "size": size}
        for number, resources_ in enumerate(((first, *bindings), more)[: len(program.layouts)]):
            group = self._device.create_bind_group(
                layout=program.layouts[number],
                entries=[
                    {"binding": i, "resource": _resource(each)}
                    for i, each in enumerate(resources_)
                    if each is not None
                ],
            )
            self._pass.set_bind_group(number, group)
        self._pass.dispatch_workgroups(*groups, 1)

    def copy(self, source: Any, start: int, target: Any, at: int, size: int) -> None:
        """Copy bytes between buffers; all numbers are multiples of 4."""
        self._end_pass()
        self._encoder.copy_buffer_to_buffer(source, start, target, at, size)

    def submit(self) -> None:
        """Hand all of it to the card."""
        self._end_pass()
        if self._uniforms:
            self._device.queue.write_buffer(self._arena, 0, self._uniforms)
        self._device.queue.submit([self._encoder.finish()])

    def _end_pass(self) -> None:
        if self._pass is not None:
            self._pass.end()
            self._pass = None


def read(buffer: Any) -> memoryview:
    """The bytes of a buffer of ``Card.read_back``, once what was submitted before is done; good
    until it is released.

    Raises:
        EnvironmentProblem: the card was lost.
    """
    with _explained():
        buffer.map_sync(0x01)
        view: memoryview = buffer.read_mapped(copy=False)
        return view


def release(buffer: Any) -> None:
    """Let commands write into a buffer that was read."""
    with _explained():
        if buffer.map_state == "mapped":
            buffer.unmap()


def _resource(thing: Any) -> Any:
    if isinstance(thing, dict):
        return thing
    if hasattr(thing, "create_view"):
        return thing.create_view()
    return {"buffer": thing, "offset": 0, "size": thing.size}


@cache
def _text(name: str) -> str:
    return (resources.files(__package__) / "shaders" / f"{name}.wgsl").read_text(encoding="utf-8")


def _parts(name: str) -> tuple[str, ...]:
    """The files that a shader says it needs, before itself."""
    first = re.match(r"//! with (.+)\n", _text(name))
    return tuple(first[1].split(", ")) if first else ()


def source(name: str, repeat: int = 1, **words: str) -> str:
    """The whole text of a program, as a card compiles it."""
    text = "\n".join(_text(part) for part in (*_parts(name), name))
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    block = re.search(r"( *// begin repeated\n)(.*?)( *// end repeated\n)", text, re.DOTALL)
    return text.replace(block[2], block[2] * repeat) if block else text


def uniform(*rows: Sequence[float] | Sequence[int]) -> bytes:
    """Rows of four numbers as a program reads them: all integers, or all fractions."""
    packed = bytearray()
    for row in rows:
        is_whole = all(isinstance(value, int | np.integer) for value in row)
        values = np.zeros(4, np.uint32 if is_whole else np.float32)
        values[: len(row)] = row
        packed += values.tobytes()
    return bytes(packed)
