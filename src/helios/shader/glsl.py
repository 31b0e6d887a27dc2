"""The whole text of a pass: what it may read, its own lines, and the way into them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from helios.shader.program import CHANNEL_COUNT, Parameter, Pass

INPUTS = {
    "iResolution": "vec3",
    "iTime": "float",
    "iGlobalTime": "float",
    "iTimeDelta": "float",
    "iFrame": "int",
    "iFrameRate": "float",
    "iDate": "vec4",
    "iMouse": "vec4",
    "iSampleRate": "float",
    "iChannelTime": f"float[{CHANNEL_COUNT}]",
    "iChannelResolution": f"vec3[{CHANNEL_COUNT}]",
    "iSeed": "float",
}
"""What every shader may read: Shadertoy's, and a number from 0 to 1 made of the film's seed."""
HEARD = {
    **dict.fromkeys(
        (
            "iAmplitude",
            "iBass",
            "iMid",
            "iHigh",
            "iEnergy",
            "iOnset",
            "iBeat",
            "iBeatPhase",
            "iBeatIndex",
            "iBar",
            "iBeatInBar",
            "iBpm",
            "iSection",
            "iSectionProgress",
            "iAct",
            "iActInSection",
            "iActProgress",
            "iBuild",
            "iDrop",
            "iLoudness",
            "iCentroid",
            "iFlatness",
            "iWidth",
            "iAmplitudeTime",
            "iBassTime",
            "iMidTime",
            "iHighTime",
        ),
        "float",
    ),
    "iBands": "float[8]",
    "iEnvelopes": "float[8]",
    "iSpectrum": "float[64]",
}
"""What a shader may read of the film's sound in this frame."""
_TYPES = {"color": "vec3"}
_UNIFORM = re.compile(r"\buniform\s+(?:(?:high|medium|low)p\s+)?\w+\s+(\w+)")
_OWN = re.compile(
    r"(?:\b(?:float|u?int|bool|[iub]?vec[234]|mat[234])|^\s*#\s*define)\s+(i[A-Z]\w*)", re.MULTILINE
)
"""What a program of elsewhere may call by a name of ours."""


@cache
def read_part(name: str) -> str:
    """A text of ours that comes with every shader."""
    return (files("helios.shader") / "parts" / name).read_text(encoding="utf-8")


def names_used(text: str, names: dict[str, str]) -> list[str]:
    """Those of ``names`` that the code speaks of."""
    words = set(re.findall(r"\b[A-Za-z_]\w*\b", text))
    return [name for name in names if name in words]


def has_main_vr(each: Pass) -> bool:
    """Whether a pass can draw any direction."""
    return re.search(r"\bvoid\s+mainVR\b", each.text) is not None


def source_of(each: Pass, parameters: tuple[Parameter, ...], *, around: bool = False) -> str:
    """GLSL ES 3.00. Lines of the user's files keep their numbers; ``#line N S`` says that what
    follows is of ``each.parts[S - 1]``.

    ``around`` draws by ``mainVR``, all around.
    """
    text = each.text
    known = INPUTS | HEARD | {p.name: _TYPES.get(p.type, p.type) for p in parameters}
    declared = {*_UNIFORM.findall(text), *(HEARD.keys() & set(_OWN.findall(text)))}
    lines = [read_part("header.glsl")]
    needed = {*names_used(text, known), *(("iResolution",) if around else ())}
    lines += [
        _uniform(type_, name)
        for name, type_ in known.items()
        if name in needed and name not in declared
    ]
    lines += [
        f"uniform sampler2D iChannel{n};\n"
        for n in range(CHANNEL_COUNT)
        if f"iChannel{n}" not in declared
    ]
    for number, part in enumerate(each.parts, 1):
        lines.append(f"#line {part.first_line} {number}\n{part.text}\n")
    lines.append("#line 1 0\n")
    lines.append(read_part("around.glsl" if around else "flat.glsl"))
    return "".join(lines)


def _uniform(type_: str, name: str) -> str:
    kind, bracket, count = type_.partition("[")
    return f"uniform {kind} {name}{bracket}{count};\n"
