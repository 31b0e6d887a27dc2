"""Chunks that are drawn without a pause between them, and those that are not."""

from __future__ import annotations

import weakref
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import helios
from helios.drawing.chunks import _adjacent
from helios.executors.call import ChunkRange


@pytest.mark.parametrize(
    ("asked", "runs"),
    [
        ([], []),
        ([0], [[0]]),
        ([0, 1, 2], [[0, 1, 2]]),
        ([0, 2, 3], [[0], [2, 3]]),  # 1 is finished: its frames are not drawn into 2
        ([0, 1, 4, 7, 8], [[0, 1], [4], [7, 8]]),
        ([3, 1, 2], [[3], [1, 2]]),
    ],
)
def test_only_chunks_that_follow_each_other_are_one_run(
    asked: list[int], runs: list[list[int]]
) -> None:
    chunks = [
        ChunkRange(
            id=number,
            start_frame=10 * number,
            frame_count=10,
            output_name=f"chunk_{number}.mov",
            settings_digest="a" * 64,
        )
        for number in asked
    ]
    assert [[chunk.id for chunk in run] for run in _adjacent(chunks)] == runs


def test_no_picture_is_held_while_the_next_is_drawn(tmp_path: Path) -> None:
    drawn: list[weakref.ref[NDArray[np.uint8]]] = []
    held: list[int] = []

    def draw(frame: int) -> NDArray[np.uint8]:
        held.append(sum(picture() is not None for picture in drawn))
        pixels = np.full((64, 64, 3), 10 * frame, np.uint8)
        drawn.append(weakref.ref(pixels))
        return pixels

    helios.render(draw, tmp_path / "film.mp4", width=64, height=64, frame_count=8)
    assert held[-8:] == [0] * 8
