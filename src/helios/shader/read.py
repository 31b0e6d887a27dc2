"""From files to a program: passes in one file or in files of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path, PurePosixPath

from helios.errors import ShaderError
from helios.files.documents import read_text
from helios.files.names import is_inside
from helios.model.composition import GLSL_SUFFIXES, SHADER_SUFFIXES, WGSL_SUFFIX
from helios.shader.comments import MARK, file_kind, read_channel, read_comment
from helios.shader.program import (
    BUFFERS,
    CHANNEL_COUNT,
    COMMON,
    IMAGE,
    PASSES,
    Channel,
    Parameter,
    Part,
    Pass,
    Shader,
)

ReadFile = Callable[[str], str]
_MAX_BYTES = 4 << 20
_MAX_PARAMETERS = 200
_PREAMBLE = re.compile(r"^[ \t]*#[ \t]*(version|extension)\b.*$", re.MULTILINE)
"""What must stand before all code, where ours stands already."""
_COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_CHANNEL_FILE = re.compile(r"iChannel([0-3])")


def is_shader(path: Path) -> bool:
    """Whether a file is a shader, by its suffix."""
    return path.suffix.lower() in SHADER_SUFFIXES


def read_shader(path: Path) -> Shader:
    """The program in a file, with the files that it names or that lie beside it.

    Raises:
        ShaderError: it cannot be read, or what it says of itself is wrong.
    """

    def read(address: str) -> str:
        if address != path.name and not is_inside(path.parent, address):
            raise ShaderError(f"{path.name}: {address} is not in the folder of the shader")
        file = path.parent / address
        return read_text(file, f"shader {address}", error=ShaderError, max_bytes=_MAX_BYTES)

    beside = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
    return assemble(path.name, read, beside)


class _Reader:
    """Collects what the files of a program say."""

    def __init__(self, read: ReadFile) -> None:
        self._read = read
        self.parts: dict[str, list[Part]] = {}
        self.channels: dict[str, dict[int, Channel]] = {}
        self.parameters: dict[str, Parameter] = {}
        self.declared: dict[str, str] = {}
        self.named: dict[str, str] = {}
        """Files of passes, as comments name them."""
        self.files: dict[str, None] = {}

    def add_file(self, address: str, name: str) -> None:
        """Read a file that holds the pass ``name``, or several if it says so."""
        self.files[address] = None
        lines = _PREAMBLE.sub("", self._read(address).replace("\r\n", "\n")).split("\n")
        said = [(n, MARK.match(line)) for n, line in enumerate(lines)]
        comments = [
            (n, read_comment(mark[1], f"{address}:{n + 1}")) for n, mark in said if mark is not None
        ]
        starts = [(n, str(about)) for n, (kind, about, _) in comments if kind == "pass"]
        sections = [(0, COMMON if starts else name), *starts, (len(lines), "")]
        for (start, section), (stop, _) in pairwise(sections):
            text = "\n".join(lines[start:stop])
            if start and section in self.parts:
                raise ShaderError(f"{address}:{start + 1}: there is a pass {section} already")
            if text.strip():
                part = Part(file=address, first_line=start + 1, text=text)
                self.parts.setdefault(section, []).append(part)
            for n, comment in comments:
                if start <= n < stop:
                    self._note(comment, section, f"{address}:{n + 1}")

    def _note(self, comment: tuple[str, str, object], section: str, place: str) -> None:
        kind, about, value = comment
        if kind == "channel" and isinstance(value, Channel):
            self.channels.setdefault(section, {})[int(about)] = value
        elif kind == "parameter" and isinstance(value, Parameter):
            if self.parameters.get(about, value) != value:
                raise ShaderError(f"{place}: {about} is declared twice, and differently")
            self.parameters[about] = value
        elif kind == "setting":
            self.declared[about] = str(value)
        elif kind == "file":
            self.named[about] = str(value)


def assemble(name: str, read: ReadFile, beside: list[str]) -> Shader:
    """The program in the file ``name``; ``read`` gives the text of a file, ``beside`` names the
    files in its folder.

    Raises:
        ShaderError: what it says of itself is wrong.
    """
    reader = _Reader(read)
    reader.add_file(name, IMAGE)
    stem = PurePosixPath(name).stem
    if name.lower().endswith(WGSL_SUFFIX):
        beside = []  # they are of a program in GLSL with the same name
    neighbours = _pass_files(stem, beside)
    for section, address in (neighbours | reader.named).items():
        if section in reader.parts and section != COMMON:
            raise ShaderError(f"{name}: {section} is in {name} and in {address}")
        reader.add_file(address, section)
    common = reader.parts.get(COMMON, [])
    for each in (*BUFFERS, IMAGE):
        code = _COMMENTS.sub("", "\n".join(part.text for part in reader.parts.get(each, ())))
        if (each == IMAGE or each in reader.parts) and "mainImage" not in code:
            file = reader.parts[each][0].file if each in reader.parts else name
            raise ShaderError(
                f"{file}: the pass {each} has no mainImage",
                hint="A shader draws in void mainImage(out vec4 fragColor, in vec2 fragCoord).",
            )
    files = _channel_files(stem, beside)
    passes = tuple(
        Pass(
            name=each,
            parts=(*common, *reader.parts[each]),
            channels=_channels(reader.channels, each, files if each == IMAGE else {}),
        )
        for each in PASSES
        if each in reader.parts
    )
    _check(name, passes, reader.parameters)
    shader = Shader(
        name=name,
        passes=passes,
        parameters=tuple(reader.parameters.values()),
        declared=reader.declared,
        files=tuple(reader.files),
    )
    if shader.is_wgsl and (len(passes) > 1 or common or any(passes[-1].channels)):
        raise ShaderError(
            f"{name}: WGSL has one pass here, without channels and common code",
            hint="Write it in GLSL (.frag) to use buffers, pictures and the sound texture.",
        )
    return shader


def _pass_files(stem: str, beside: list[str]) -> dict[str, str]:
    """Files called after a pass: ``nebula.bufferA.frag``."""
    called = {
        f"{stem}.{each}{suffix}": each for each in (COMMON, *BUFFERS) for suffix in GLSL_SUFFIXES
    }
    return {called[name]: name for name in sorted(beside) if name in called}


def _channel_files(stem: str, beside: list[str]) -> dict[int, Channel]:
    """Pictures and videos called after a channel: ``nebula.iChannel0.png``."""
    found: dict[int, Channel] = {}
    for name in sorted(beside):
        words = name.split(".")
        number = _CHANNEL_FILE.fullmatch(words[1]) if len(words) == 3 else None
        if number and words[0] == stem and file_kind(name):
            found[int(number[1])] = read_channel(name, name)
    return found


def _channels(
    said: dict[str, dict[int, Channel]], name: str, files: dict[int, Channel]
) -> tuple[Channel | None, ...]:
    merged = files | said.get(COMMON, {}) | said.get(name, {})
    return tuple(merged.get(number) for number in range(CHANNEL_COUNT))


def _check(name: str, passes: tuple[Pass, ...], parameters: dict[str, Parameter]) -> None:
    there = {each.name for each in passes}
    for each in passes:
        for number, channel in enumerate(each.channels):
            if channel and channel.kind in BUFFERS and channel.kind not in there:
                raise ShaderError(
                    f"{name}: iChannel{number} shows {channel.kind}, which is not there"
                )
    if len(parameters) > _MAX_PARAMETERS:
        raise ShaderError(
            f"{name}: {len(parameters)} parameters, at most {_MAX_PARAMETERS} are read"
        )
