"""Colour between the screen (sRGB, 0 to 1) and light (linear)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def to_linear(display: object) -> Floats:
    """IEC 61966-2-1, screen to light."""
    d = np.asarray(display, dtype=np.float64)
    return np.where(d <= 0.04045, d / 12.92, ((d + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_display(light: object) -> Floats:
    """IEC 61966-2-1, light to screen."""
    v = np.asarray(light, dtype=np.float64)
    curve = 1.055 * np.maximum(v, 1e-9) ** (1 / 2.4) - 0.055
    return np.where(v <= 0.0031308, 12.92 * v, curve).astype(np.float32)


def turn_hue(display: Floats, turns: NDArray[np.float64] | float) -> Floats:
    """The colours (..., 3) with their hue turned, saturation and value kept."""
    top, low = display.max(axis=-1), display.min(axis=-1)
    span = np.maximum(top - low, 1e-9)
    r, g, b = display[..., 0], display[..., 1], display[..., 2]
    hue = np.where(
        top == r, (g - b) / span, np.where(top == g, 2 + (b - r) / span, 4 + (r - g) / span)
    )
    hue = (hue / 6 + turns) % 1.0
    offsets = np.array([5.0, 3.0, 1.0])
    k = (offsets + 6 * hue[..., None]) % 6
    share = np.clip(np.minimum(k, 4 - k), 0, 1)
    result: Floats = (top[..., None] - (top - low)[..., None] * share).astype(np.float32)
    return result


def mapped(display: Floats, palette: tuple[tuple[float, ...], ...]) -> Floats:
    """The colours (..., 3) with those of ``palette``, dark to light, in their place: a colour as
    light as theirs (ITU-R BT.709, linear) from the place in it that their screen value has."""
    light = to_linear(display)
    luma = light @ _LUMA
    stops = to_linear(palette).astype(np.float64)
    at = np.clip(to_display(luma), 0, 1)
    places = np.linspace(0, 1, len(stops)) if len(stops) > 1 else np.zeros(1)
    chosen = np.stack([np.interp(at, places, stops[:, c]) for c in range(3)], axis=-1)
    chosen *= (luma / np.maximum(chosen @ _LUMA, 1e-4))[..., None]
    over = np.maximum(chosen.max(axis=-1, keepdims=True), 1)
    return to_display(chosen / over)


def ramp(
    colours: tuple[tuple[float, ...], ...], variants: int, steps: int, spread: float
) -> Floats:
    """(variants, steps, 3) screen colours over a life; variants differ in hue over ``spread``."""
    stops = np.asarray(colours, dtype=np.float64)
    at = np.linspace(0, 1, steps)
    places = np.linspace(0, 1, len(stops)) if len(stops) > 1 else np.zeros(1)
    line = np.stack([np.interp(at, places, stops[:, c]) for c in range(3)], axis=-1)
    turns = (np.arange(variants) / max(1, variants - 1) * spread)[:, None]
    every = np.broadcast_to(line.astype(np.float32), (variants, steps, 3))
    return turn_hue(every, np.broadcast_to(turns, (variants, steps)))
