"""The whole text of a WGSL program: the user's lines first, so that they keep their numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from helios.shader.glsl import HEARD, INPUTS, names_used
from helios.shader.program import Parameter, Pass

_TYPES = {
    "float": "f32",
    "int": "i32",
    "bool": "bool",
    "vec2": "vec2f",
    "vec3": "vec3f",
    "vec4": "vec4f",
    "color": "vec3f",
}
_SIZES = {"vec2": 2, "vec3": 3, "vec4": 4, "color": 3}
_OWN = re.compile(r"\b(?:const|override|alias|struct|fn|var(?:<[^>]*>)?)\s+(\w+)")
"""What a program declares itself."""
_ENTRIES = """
@vertex fn helios_corners(@builtin(vertex_index) n: u32) -> @builtin(position) vec4f {
  return vec4f(f32(n & 1u) * 4.0 - 1.0, f32(n >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}
@fragment fn helios_picture(@builtin(position) place: vec4f) -> @location(0) vec4f {
%s  let shown: vec4f = mainImage(vec2f(place.x, helios_values[0].y - place.y));
  return vec4f(shown.rgb, select(1.0, shown.a, helios_values[0].w != 0.0));
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WgslProgram:
    """What WebGPU is given."""

    text: str
    slots: int
    """Of four numbers each, in the buffer of values; the first is the picture's size."""
    places: tuple[tuple[str, int], ...]
    """The first slot of each value."""
    lines: int
    """Of the user."""


def wgsl_of(each: Pass, parameters: tuple[Parameter, ...]) -> WgslProgram:
    """The program with what it reads: names are variables of its module, set before it draws."""
    known = {**INPUTS, **HEARD, **{each.name: each.type for each in parameters}}
    known = {name: type_ for name, type_ in known.items() if not name.startswith("iChannel")}
    own = {*_OWN.findall(each.text)}
    declared, sets, places, slots = [], [], [], 1
    for name in names_used(each.text, known):
        if name in own:
            continue
        kind, bracket, count = known[name].partition("[")
        type_ = _TYPES[kind]
        if bracket:
            length = int(count.rstrip("]"))
            declared.append(f"var<private> {name}: array<f32, {length}>;\n")
            sets.append(
                f"  for (var n = 0u; n < {length}u; n++) "
                f"{{ {name}[n] = helios_values[{slots}u + n / 4u][n % 4u]; }}\n"
            )
        else:
            length = _SIZES.get(kind, 1)
            value = f"helios_values[{slots}].{'xyzw'[:length]}"
            converted = {"i32": f"i32({value})", "bool": f"{value} != 0.0"}.get(type_, value)
            declared.append(f"var<private> {name}: {type_};\n")
            sets.append(f"  {name} = {converted};\n")
        places.append((name, slots))
        slots += -(-length // 4)
    values = f"@group(0) @binding(0) var<uniform> helios_values: array<vec4f, {slots}>;\n"
    text = f"{each.text}\n{values}{''.join(declared)}{_ENTRIES % ''.join(sets)}"
    return WgslProgram(
        text=text, slots=slots, places=tuple(places), lines=each.text.count("\n") + 1
    )
