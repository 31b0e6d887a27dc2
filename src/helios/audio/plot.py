"""A picture of an analysed song: waveform, sections, bands, onsets and beats on one time axis."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from helios.audio.bands import BANDS_HZ
from helios.audio.columns import Section
from helios.audio.table import PreAnalysisResult
from helios.errors import OptionError, OutputNotWritable

WIDTH, HEIGHT = 1600, 920
_PICTURES = (".png", ".jpg", ".jpeg", ".webp")
_FINE = 2
_LEFT, _RIGHT = 112, 40
_PLOT = WIDTH - _LEFT - _RIGHT
_WAVE_TOP, _WAVE_HEIGHT = 128, 236
_SECTION_TOP, _SECTION_HEIGHT = 384, 30
_BANDS_TOP, _BAND_HEIGHT, _BAND_GAP = 436, 30, 3
_ONSET_TOP, _ONSET_HEIGHT = 722, 96
_AXIS_TOP = 836

Colour: TypeAlias = tuple[int, int, int]
_BACKGROUND, _PANEL = (12, 13, 20), (19, 21, 32)
_INK, _FAINT, _LINE = (232, 234, 244), (130, 136, 158), (42, 46, 66)
_WAVE = ((70, 96, 255), (176, 92, 255), (255, 104, 146), (255, 178, 92))
_HEAT = (
    (19, 21, 32),
    (58, 36, 116),
    (150, 44, 140),
    (238, 86, 96),
    (255, 176, 92),
    (255, 244, 208),
)
_BEAT, _ONSET = (94, 234, 212), (255, 168, 92)
_SECTIONS: dict[str, Colour] = {
    "silence": (44, 48, 66),
    "intro": (64, 84, 148),
    "quiet": (70, 96, 140),
    "steady": (86, 104, 196),
    "build": (206, 128, 62),
    "drop": (222, 70, 120),
    "breakdown": (58, 132, 152),
    "outro": (84, 78, 132),
}

Floats = NDArray[np.float64]


def draw_table(table: PreAnalysisResult, title: str) -> Image.Image:
    """The picture, 1600 by 920 pixels, RGB."""
    pixels = np.full((HEIGHT * _FINE, WIDTH * _FINE, 3), _BACKGROUND, np.uint8)
    _paint_wave(pixels, table)
    _paint_bands(pixels, table)
    _paint_onsets(pixels, table)
    fine = Image.fromarray(pixels)
    _paint_sections(ImageDraw.Draw(fine), table)
    image = fine.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(image)
    _write_heading(draw, table, title)
    _write_sections(draw, table)
    _write_labels(draw)
    _write_axis(draw, table.duration)
    return image


def check_plot(path: Path) -> None:
    """Refuse a name that is no picture's, before a song is heard for it.

    Raises:
        OptionError: it has another suffix.
    """
    if path.suffix.lower() not in _PICTURES:
        raise OptionError(
            f"--plot {path}: a picture's name ends in {', '.join(_PICTURES)}",
            hint=f"For example: --plot {path.with_suffix('.png')}",
        )


def save_plot(table: PreAnalysisResult, title: str, path: Path) -> None:
    """Draw and write, in the format of the name's suffix (PNG, JPEG, WebP).

    Raises:
        OptionError: its name has another suffix.
        OutputNotWritable: the file cannot be written.
    """
    check_plot(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draw_table(table, title).save(path)
    except (OSError, ValueError) as error:
        raise OutputNotWritable(f"cannot write the plot {path}: {error}") from error


def _columns(values: NDArray[np.float32], count: int) -> tuple[Floats, Floats]:
    """Highest and mean value under each of ``count`` pixel columns."""
    edges = np.linspace(0, len(values), count + 1)
    low = np.minimum(edges[:-1].astype(np.intp), len(values) - 1)
    whole = values.astype(np.float64)
    highest = np.maximum.reduceat(whole, low, axis=0)
    sums = np.concatenate([np.zeros((1, *whole.shape[1:])), np.cumsum(whole, axis=0)])
    high = np.maximum(edges[1:].astype(np.intp), low + 1)
    wide = (high - low).reshape(-1, *[1] * (whole.ndim - 1))
    return highest, (sums[high] - sums[low]) / wide


def _ramp(stops: tuple[Colour, ...], at: Floats) -> NDArray[np.float64]:
    """Colours (..., 3) along a ramp, ``at`` in 0..1."""
    places = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(at, places, [stop[i] for stop in stops]) for i in range(3)], axis=-1)


def _panel(pixels: NDArray[np.uint8], top: int, height: int) -> NDArray[np.uint8]:
    view = pixels[top * _FINE : (top + height) * _FINE, _LEFT * _FINE : (_LEFT + _PLOT) * _FINE]
    view[:] = _PANEL
    return view


def _paint_wave(pixels: NDArray[np.uint8], table: PreAnalysisResult) -> None:
    """A mirrored waveform, cool where the sound is dark and warm where it is bright."""
    view = _panel(pixels, _WAVE_TOP, _WAVE_HEIGHT)
    height, width = view.shape[:2]
    highest, mean = _columns(table["amplitude"], width)
    _, bright = _columns(table["centroid"], width)
    hue = np.clip(np.log2(np.maximum(bright, 200) / 200) / 5.2, 0, 1)
    colours = _ramp(_WAVE, np.convolve(np.pad(hue, 12, mode="edge"), np.ones(25) / 25, "valid"))
    away = np.abs(np.arange(height) - height / 2 + 0.5)[:, None] / (height / 2) / 0.94
    for reach, strength in ((highest, 0.45), (mean, 1.0)):
        inside = (away <= np.maximum(reach, 0.004)[None, :])[..., None]
        blend = view * (1 - strength) + colours[None] * strength
        view[:] = np.where(inside, blend, view)


def _paint_bands(pixels: NDArray[np.uint8], table: PreAnalysisResult) -> None:
    """One glowing row per band, the highest band on top."""
    for index in range(8):
        top = _BANDS_TOP + (7 - index) * (_BAND_HEIGHT + _BAND_GAP)
        view = _panel(pixels, top, _BAND_HEIGHT)
        highest, mean = _columns(table["bands"][:, index], view.shape[1])
        heat = (0.6 * highest + 0.4 * mean) ** 0.75
        view[:] = _ramp(_HEAT, heat)[None]


def _paint_onsets(pixels: NDArray[np.uint8], table: PreAnalysisResult) -> None:
    """Onsets from below, beats as a row of ticks above."""
    view = _panel(pixels, _ONSET_TOP, _ONSET_HEIGHT)
    height, width = view.shape[:2]
    thin, _ = _columns(table["onset"], width)
    highest = np.max([np.roll(thin, shift) for shift in range(_FINE + 1)], axis=0)
    up = (height - np.arange(height))[:, None] / height
    inside = up <= (highest * 0.78)[None, :]
    glow = _ramp((_PANEL, _ONSET), np.repeat(0.45 + 0.55 * up, width, axis=1))
    view[:] = np.where(inside[..., None], glow, view)
    places = (table.beat_times / max(table.duration, 1e-9) * width).astype(np.intp)
    for place in places[(places >= 0) & (places < width)]:
        view[: height // 6, place : place + _FINE] = _BEAT


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _write_heading(draw: ImageDraw.ImageDraw, table: PreAnalysisResult, title: str) -> None:
    shown = title if len(title) <= 64 else f"{title[:63]}…"
    draw.text((_LEFT, 28), shown, _INK, _font(36))
    facts = [clock(table.duration), "no steady beat"]
    if table.bpm is not None:
        facts[1:] = [f"{table.bpm:.1f} BPM", f"{len(table.beat_times)} beats"]
    facts += [
        f"{table.integrated_lufs:.1f} LUFS",
        f"{len(table.sections)} section{'s' * (len(table.sections) != 1)}",
    ]
    draw.text((_LEFT, 80), "   ·   ".join(facts), _FAINT, _font(20))


def _paint_sections(draw: ImageDraw.ImageDraw, table: PreAnalysisResult) -> None:
    top, bottom = _SECTION_TOP * _FINE, (_SECTION_TOP + _SECTION_HEIGHT) * _FINE
    for section in table.sections:
        left, right = _span(section, table.duration)
        box = (left * _FINE + 2, top, max(right * _FINE - 4, left * _FINE + 3), bottom)
        draw.rounded_rectangle(box, 7 * _FINE, _SECTIONS.get(section.kind, _LINE))
        if left > _LEFT:
            line = (left * _FINE, _WAVE_TOP * _FINE, left * _FINE, (_SECTION_TOP - 5) * _FINE)
            draw.line(line, _FAINT)


def _write_sections(draw: ImageDraw.ImageDraw, table: PreAnalysisResult) -> None:
    font, middle = _font(16), _SECTION_TOP + _SECTION_HEIGHT / 2
    for section in table.sections:
        left, right = _span(section, table.duration)
        if draw.textlength(section.kind, font) + 14 < right - left:
            draw.text((left + 9, middle), section.kind, _INK, font, "lm")


def _span(section: Section, duration: float) -> tuple[float, float]:
    return _place(section.start_s, duration), _place(section.end_s, duration)


def _write_labels(draw: ImageDraw.ImageDraw) -> None:
    font, right = _font(15), _LEFT - 14
    draw.text((right, _WAVE_TOP + _WAVE_HEIGHT / 2), "level", _FAINT, font, "rm")
    draw.text((right, _SECTION_TOP + _SECTION_HEIGHT / 2), "sections", _FAINT, font, "rm")
    for index, name in enumerate(BANDS_HZ):
        top = _BANDS_TOP + (7 - index) * (_BAND_HEIGHT + _BAND_GAP)
        draw.text((right, top + _BAND_HEIGHT / 2), name.replace("_", " "), _FAINT, font, "rm")
    draw.text((right, _ONSET_TOP + 8), "beats", _BEAT, font, "rm")
    draw.text((right, _ONSET_TOP + _ONSET_HEIGHT * 0.62), "onsets", _ONSET, font, "rm")


def _write_axis(draw: ImageDraw.ImageDraw, duration: float) -> None:
    steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
    step = next((s for s in steps if duration / s <= 14), 7200)
    for i in range(int(duration / step) + 1):
        at = _place(i * step, duration)
        draw.line((at, _AXIS_TOP, at, _AXIS_TOP + 8), _FAINT)
        draw.text((at, _AXIS_TOP + 14), clock(i * step, fine=step < 1), _FAINT, _font(16), "ma")
    draw.line((_LEFT, _AXIS_TOP, _LEFT + _PLOT, _AXIS_TOP), _LINE)


def _place(time_s: float, duration: float) -> float:
    return _LEFT + _PLOT * time_s / max(duration, 1e-9)


def clock(seconds: float, *, fine: bool = False) -> str:
    """Minutes and seconds as people write them: 3:05, 1:02:03, or 0:01.5 when ``fine``."""
    if fine:
        return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours}:{minutes:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"
