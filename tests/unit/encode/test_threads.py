"""No encoder keeps the machine for itself."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from tests.films import settings

from helios.encode.encoder import ChunkEncoder
from helios.model.picture import Picture, PixelFormat


@pytest.mark.parametrize("encoder", ["libsvtav1", "libx265"])
def test_threads_run_as_others_do(tmp_path: Path, encoder: str) -> None:
    encoding = settings("mp4", width=128, height=64, video_codec=encoder)
    with ChunkEncoder(tmp_path / "film.mp4", encoding) as chunk:
        for frame in range(3):
            pixels = np.full((64, 128, 3), frame * 40, np.uint8)
            chunk.write(
                Picture(
                    frame=frame, width=128, height=64, format=PixelFormat.RGB24, planes=(pixels,)
                )
            )
    tasks = [int(task.name) for task in Path("/proc/self/task").iterdir()]
    assert {os.sched_getscheduler(task) for task in tasks} == {os.SCHED_OTHER}
