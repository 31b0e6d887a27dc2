"""Sounds found in a page, and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.commandline import helios as run

import helios
from helios.media.probe import probe

pytestmark = pytest.mark.browser


def test_a_video_without_sound_is_left_out_and_said(tmp_path: Path) -> None:
    helios.render(
        lambda n: np.full((64, 64, 3), n * 20, np.uint8),
        tmp_path / "silent.mp4",
        width=64,
        height=64,
        frame_count=10,
    )
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><body><video src=silent.mp4 autoplay></video>")
    outcome = run(
        "render",
        page,
        "-o",
        "film.mp4",
        "--width",
        64,
        "--height",
        64,
        "--frame-count",
        3,
        cwd=tmp_path,
    )
    assert "silent.mp4" in outcome.err
    info = probe(tmp_path / "film.mp4")
    assert info.video is not None
    assert info.video.frame_count == 3
    assert info.audio is None
