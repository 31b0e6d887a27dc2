"""The page that draws a shader: a canvas, the program as data, and the scripts that it needs."""

from __future__ import annotations

import html
import json
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from helios.shader.glsl import HEARD, has_main_vr, names_used, read_part, source_of
from helios.shader.program import IMAGE, Channel, Parameter, Pass, Shader
from helios.shader.wgsl import wgsl_of

_KINDS: dict[str, dict[str, Any]] = {
    "float": {"type": "number"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "color": {"type": "string", "format": "color"},
}
_FRAME = """<!doctype html>
<html {declared}>
<meta charset="utf-8">
<title>{title}</title>
<style>html, body {{ margin: 0; height: 100%; overflow: hidden }}
canvas {{ display: block; width: 100%; height: 100% }}</style>
<body><canvas></canvas>
<script>
"use strict";
({draw})({program}, {{ {parts} }});
</script>
"""


def page_of(shader: Shader) -> bytes:
    """The document that is opened in the shader's place."""
    kinds = {channel.kind for each in shader.passes for channel in each.channels if channel}
    needed: list[str] = ["values", *(name for name in ("sound", "video") if name in kinds)]
    if names_used(shader.text, HEARD):
        needed.append("heard")
    parts = ", ".join(f"{name}: {_script(name)}" for name in needed)
    declared = " ".join(
        f'data-helios-{name}="{html.escape(value)}"' for name, value in shader.declared.items()
    )
    text = _FRAME.format(
        declared=declared,
        title=html.escape(PurePosixPath(shader.name).stem),
        draw=_script("wgsl" if shader.is_wgsl else "draw"),
        program=_literal(_program(shader)),
        parts=parts,
    )
    return text.encode()


def _program(shader: Shader) -> dict[str, Any]:
    return {
        "name": shader.name,
        "passes": [_pass(each, shader) for each in shader.passes],
        "parameters": [
            {
                "name": each.name,
                "type": each.type,
                "default": each.default,
                "low": each.low,
                "high": each.high,
            }
            for each in shader.parameters
        ],
        "schema": _schema(shader.parameters),
        "isStateful": bool(shader.stateful_buffers),
    }


def _schema(parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """The props that it takes, as a JSON Schema."""
    return {"type": "object", "properties": {each.name: _form(each) for each in parameters}}


def _form(parameter: Parameter) -> dict[str, Any]:
    kind: dict[str, Any] = _KINDS.get(parameter.type, {"type": "array"})
    field = {**kind, "title": parameter.label or parameter.name, "default": parameter.default}
    if parameter.low is not None and isinstance(parameter.default, float | int):
        field |= {"minimum": parameter.low, "maximum": parameter.high}
    return field


def _pass(each: Pass, shader: Shader) -> dict[str, Any]:
    if shader.is_wgsl:
        made = wgsl_of(each, shader.parameters)
        layout = {"slots": made.slots, "places": made.places}
        wgsl = {"text": made.text, "layout": layout, "lines": made.lines}
        return {"name": each.name, "files": [part.file for part in each.parts], "wgsl": wgsl}
    around = each.name == IMAGE and has_main_vr(each)
    return {
        "name": each.name,
        "files": [part.file for part in each.parts],
        "channels": [_channel(channel) for channel in each.channels],
        "source": source_of(each, shader.parameters),
        "around": source_of(each, shader.parameters, around=True) if around else None,
    }


def _channel(channel: Channel | None) -> dict[str, Any] | None:
    if channel is None:
        return None
    return {
        "kind": channel.kind,
        "file": quote(channel.file),
        "filter": channel.filter,
        "wrap": channel.wrap,
        "flip": channel.flip,
    }


def _script(name: str) -> str:
    return f"({read_part(f'{name}.js').strip()})"


def _literal(value: Any) -> str:
    # JSON is JavaScript; nothing in it may end the script's element.
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")
