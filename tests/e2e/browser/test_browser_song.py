"""Of a long song a page reads the parts that it asks for, and hears in each what Python hears."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.e2e.test_hearing import sweep
from tests.sounds import wav

from helios.browser.page import Page, StageSettings
from helios.errors import ScriptError
from helios.model.audio import AudioTrack
from helios.sources.film_audio import FilmAudio, film_audio
from helios.sources.film_columns import page_song

pytestmark = pytest.mark.browser
FRAMES = 40_000
"""More than a page keeps at once."""
FPS = Fraction(30)
PLACES = (0, 2047, 2048, 17, 39_999, 20_480, 2047)
PAGE = """<!doctype html><iframe srcdoc="<script>window.helios.audio</script>"></iframe><script>
  const forbid = (policy) => document.head.append(Object.assign(
    document.createElement("meta"), { httpEquiv: "Content-Security-Policy", content: policy }));
  const own = (frame) => { const { amplitude, levels, isBeat, section } =
    window.helios.audio.at(frame / 30); return { amplitude, levels, isBeat, section }; };
</script>"""


@pytest.fixture
def heard(tmp_path: Path) -> tuple[AudioTrack, FilmAudio]:
    (tmp_path / "sweep.wav").write_bytes(wav(sweep(1.3)))
    track = AudioTrack(file=str(tmp_path / "sweep.wav"), loop=True)
    return track, film_audio(track, FRAMES, FPS)


@pytest.fixture
def page(
    browser: Any, helpers: Any, tmp_path: Path, heard: tuple[AudioTrack, FilmAudio]
) -> Iterator[Page]:
    settings = StageSettings(width=320, height=180, fps=FPS, song=page_song(heard[0], FRAMES, FPS))
    made = Page(browser, helpers.write(tmp_path, PAGE), settings)
    yield made
    made.close()


def test_parts_of_a_long_song_are_those_that_python_hears(
    page: Page, heard: tuple[AudioTrack, FilmAudio]
) -> None:
    _, audio = heard
    # The frame was the first to ask; what it made outlives it.
    page.evaluate("document.querySelector('iframe').remove()")
    for frame in PLACES:
        row = audio.frame(frame)
        assert page.evaluate(f"own({frame})") == {
            "amplitude": row.amplitude,
            "levels": list(row.levels),
            "isBeat": row.is_beat,
            "section": row.section,
        }, frame
    assert page.evaluate("own(40000).amplitude") == 0, "beyond its end"
    whole = np.array(page.evaluate("Array.from(helios.audio.song.amplitude)"), np.float32)
    assert np.array_equal(whole, audio["amplitude"])
    assert page.evaluate("Array.from(helios.audio.waveform(7, 1, 900))") == list(
        audio.waveform(7, 1, 900)
    )
    # How much was read of it, and in how many parts, is nothing that a page could count.
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0


def test_a_page_that_may_not_read_the_song_is_told_why(page: Page) -> None:
    page.evaluate("forbid(`connect-src 'none'`)")
    with pytest.raises(ScriptError, match="needs connect-src 'self'"):
        page.evaluate("own(9000)")
