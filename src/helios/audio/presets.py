"""The four audio responses Ethereal Flame Studio's users know, expressed as mappings.

Every preset drives ``size``, ``position`` and ``brightness`` of layers that listen to bass, mid,
high or all of them (``bass.size``, ``all.brightness``, ...), and ``pulse`` from the beat. Speeds
there were filter coefficients per step of 1/60 s; here they are time constants.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from helios.audio.mapping import Mapping, ReactivityPreset
from helios.errors import OptionError

_STEPS_PER_S = 60
_SIZE_REACH, _POSITION_REACH = 0.5, 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class _Response:
    """Numbers of one preset, under the names users know them by."""

    beat: float
    attack: float
    decay: float
    min_brightness: float
    gain: float
    gate: float
    curve: float
    dynamics: float
    transients: float
    pulse: float
    visibility: float
    size_cap: float
    position_cap: float
    weights: tuple[float, float, float]


_RESPONSES = {
    "meditation": _Response(
        beat=0.8,
        attack=0.25,
        decay=0.03,
        min_brightness=0.2,
        gain=1.0,
        gate=0.05,
        curve=0.6,
        dynamics=0.85,
        transients=0.05,
        pulse=0.08,
        visibility=1.15,
        size_cap=0.28,
        position_cap=0.14,
        weights=(0.9, 1.25, 0.7),
    ),
    "speech": _Response(
        beat=0.65,
        attack=0.35,
        decay=0.05,
        min_brightness=0.16,
        gain=1.25,
        gate=0.04,
        curve=0.75,
        dynamics=1.0,
        transients=0.15,
        pulse=0.06,
        visibility=1.35,
        size_cap=0.35,
        position_cap=0.18,
        weights=(0.85, 1.45, 0.95),
    ),
    "phonk": _Response(
        beat=1.9,
        attack=0.65,
        decay=0.09,
        min_brightness=0.08,
        gain=1.8,
        gate=0.01,
        curve=0.95,
        dynamics=1.65,
        transients=1.1,
        pulse=0.28,
        visibility=1.9,
        size_cap=0.75,
        position_cap=0.42,
        weights=(1.75, 1.0, 1.05),
    ),
    "cinematic": _Response(
        beat=1.2,
        attack=0.45,
        decay=0.04,
        min_brightness=0.14,
        gain=1.35,
        gate=0.02,
        curve=0.8,
        dynamics=1.25,
        transients=0.35,
        pulse=0.16,
        visibility=1.55,
        size_cap=0.5,
        position_cap=0.25,
        weights=(1.25, 1.0, 0.85),
    ),
}

PRESET_NAMES = tuple(_RESPONSES)


def reactivity_preset(name: str) -> ReactivityPreset:
    """One of meditation, speech, phonk and cinematic.

    Raises:
        OptionError: there is no such preset.
    """
    response = _RESPONSES.get(name.lower())
    if response is None:
        raise OptionError(
            f"no such preset: {name!r}", hint=f"There are: {', '.join(PRESET_NAMES)}."
        )
    bass, mid, high = response.weights
    sources: dict[str, tuple[str | dict[str, float], float]] = {
        "bass": ("bass", bass),
        "mid": ("mid", mid),
        "high": ("high", high),
        "all": ({"bass": bass, "mid": mid, "high": high}, sum(response.weights) / 3),
    }
    mappings = [
        mapping
        for listener, (source, weight) in sources.items()
        for mapping in _layer(response, listener, source, weight)
    ]
    return ReactivityPreset(name=name.lower(), mappings=(*mappings, _pulse(response)))


def _layer(
    response: _Response, listener: str, source: str | dict[str, float], weight: float
) -> list[Mapping]:
    size, place = (
        max(cap * response.beat, 1e-6) for cap in (response.size_cap, response.position_cap)
    )
    shared = Mapping(
        source=source,
        target=listener,
        gain=response.gain * weight,
        gate=response.gate,
        curve=response.curve,
        dynamics=response.dynamics,
        transients=response.transients,
        attack_s=_seconds(response.attack),
        release_s=_seconds(response.decay),
    )
    changes: dict[str, dict[str, float | str]] = {
        "size": {"low": 1.0, "high": 1 + size, "drive": _SIZE_REACH / size},
        "position": {"low": 1.0, "high": 1 + place, "drive": _POSITION_REACH / place},
        "brightness": {
            "low": response.min_brightness,
            "high": 1.0,
            "drive": response.visibility,
            "response": "glow",
        },
    }
    return [
        shared.model_copy(update={"target": f"{listener}.{what}", **change})
        for what, change in changes.items()
    ]


def _pulse(response: _Response) -> Mapping:
    return Mapping(
        source="beat",
        target="pulse",
        attack_s=_seconds(0.3 * max(response.beat, 0.3)),
        release_s=_seconds(response.decay),
        low=1.0,
        high=1 + response.pulse * response.beat,
    )


def _seconds(coefficient: float) -> float:
    """The time constant of a filter that moves by ``coefficient`` per 1/60 s."""
    return round(-1 / (_STEPS_PER_S * math.log(1 - coefficient)), 6)
