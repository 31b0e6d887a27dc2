"""Which pictures of a chunk have a digest."""

from __future__ import annotations

import pytest

from helios.drawing.samples import sampled
from helios.executors.call import ChunkRange


def chunk(frames: int, digest: str) -> ChunkRange:
    return ChunkRange(
        id=0, start_frame=7, frame_count=frames, output_name="c", settings_digest=digest
    )


@pytest.mark.parametrize("digest", [f"{number:x}" for number in range(20)])
def test_the_first_frame_and_another_of_the_chunk_are_looked_at(digest: str) -> None:
    assert sampled(chunk(1, digest)) == {7}
    assert sampled(chunk(2, digest)) == {7, 8}
    one, other = sorted(sampled(chunk(40, digest)))
    assert one == 7 < other < 47
    assert sampled(chunk(40, digest)) == {one, other}
