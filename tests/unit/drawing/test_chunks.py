"""Chunks that are drawn without a pause between them, and those that are not."""

from __future__ import annotations

import pytest

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
