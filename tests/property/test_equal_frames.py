"""Frame n is one picture, however it comes about."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from helios.model.formats import Projection, StereoLayout
from helios.model.picture import PixelFormat
from helios.scene.audio_input import FeatureColumns, silent_table
from helios.scene.library import template_names
from helios.sources.scene import SceneSource, SceneSourceSettings

FPS, TOTAL = Fraction(30), 90


def a_song() -> FeatureColumns:
    """Noise in every column: no two frames are alike."""
    noise = np.random.default_rng(8).random((TOTAL, 8)).astype(np.float32)
    names = ("amplitude", "bass", "mid", "high", "onset", "beat_phase", "energy")
    columns = {name: noise[:, index] for index, name in enumerate(names)}
    beats = (noise[:, 7] > 0.8).astype(np.float32)
    return replace(
        silent_table(TOTAL, FPS), is_beat=beats, bands=noise, envelopes=noise[:, ::-1], **columns
    )


def drawn(frames: list[int], **settings: Any) -> list[bytes]:
    """The last frames' bytes, after all before them were drawn by the same source."""
    source = SceneSource(
        SceneSourceSettings(fps=FPS, total_frames=TOTAL, table=a_song(), **settings)
    )
    try:
        return [
            b"".join(np.ascontiguousarray(plane).tobytes() for plane in source.picture(n).planes)
            for n in frames
        ]
    finally:
        source.close()


@settings(max_examples=20)
@given(
    template=st.sampled_from(template_names()),
    frames=st.lists(st.integers(0, TOTAL - 1), min_size=2, max_size=3),
    height=st.integers(8, 60),
    shape=st.fractions(Fraction(1, 2), 2, max_denominator=4),
    projection=st.sampled_from(Projection),
    stereo=st.sampled_from(StereoLayout),
    pixels=st.sampled_from([PixelFormat.YUV420P, PixelFormat.YUV420P10, PixelFormat.RGB24]),
)
def test_a_frame_does_not_depend_on_order_threads_or_what_was_drawn_before(
    template: str,
    frames: list[int],
    height: int,
    shape: Fraction,
    projection: Projection,
    stereo: StereoLayout,
    pixels: PixelFormat,
) -> None:
    if projection in (Projection.PERSPECTIVE, Projection.FULLDOME):
        stereo = StereoLayout.MONO
    width = 4 * max(2, round(height * shape))
    wanted: dict[str, Any] = {
        "template": template,
        "width": width,
        "height": 4 * height,
        "projection": projection,
        "stereo": stereo,
        "format": pixels,
    }
    onwards = drawn(frames, threads=3, **wanted)
    backwards = drawn(frames[::-1], threads=1, **wanted)
    assert onwards == backwards[::-1]
    assert drawn(frames[-1:], threads=2, **wanted) == onwards[-1:]
