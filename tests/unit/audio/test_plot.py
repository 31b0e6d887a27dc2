from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helios.audio.columns import Section
from helios.audio.plot import HEIGHT, WIDTH, clock, draw_table, save_plot
from helios.audio.table import PreAnalysisResult, silent_table
from helios.errors import OptionError


def table(seconds: int = 20) -> PreAnalysisResult:
    made = silent_table(30 * seconds, Fraction(30))
    made.columns["amplitude"][: 15 * seconds] = 0.8
    made.columns["bands"][15 * seconds :, 0] = 1
    return replace(
        made,
        beat_times=np.arange(0.0, seconds / 2, 0.5),
        bpm=120.0,
        sections=(
            Section(start_s=0, end_s=seconds / 2, kind="drop", energy=1),
            Section(start_s=seconds / 2, end_s=seconds, kind="silence", energy=0),
        ),
    )


def test_what_sounds_is_bright_where_it_sounds() -> None:
    pixels = np.asarray(draw_table(table(), "A song")).astype(int)
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    wave = pixels[160:340].max(axis=2).mean(axis=0)
    assert wave[200:800].mean() > 2 * wave[900:1500].mean()
    sub_bass = pixels[672:690].max(axis=2).mean(axis=0)
    assert sub_bass[900:1500].mean() > 3 * sub_bass[200:800].mean()


@pytest.mark.parametrize("seconds", [1, 7, 600])
def test_any_length_and_any_title(seconds: int) -> None:
    assert draw_table(table(seconds), "Ünïcode, " * 20).size == (WIDTH, HEIGHT)
    assert draw_table(silent_table(1, Fraction(30)), "").size == (WIDTH, HEIGHT)


def test_it_is_written_or_refused(tmp_path: Path) -> None:
    save_plot(table(), "song", tmp_path / "new" / "song.png")
    with Image.open(tmp_path / "new" / "song.png") as image:
        assert image.size == (WIDTH, HEIGHT)
    with pytest.raises(OptionError, match="ends in"):
        save_plot(table(), "song", tmp_path / "song.unknown")


def test_clocks() -> None:
    assert (clock(185.2), clock(3723), clock(1.5, fine=True)) == ("3:05", "1:02:03", "0:01.5")
