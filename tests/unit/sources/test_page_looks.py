"""Which frames of a page that says what looks alike are drawn, and which pictures are kept."""

from __future__ import annotations

import pytest

from helios.sources.page import drawn_for

LOOKS = [7, 7, 9, 7, 9, 12, 12, 9]


@pytest.mark.parametrize(
    ("room", "shown", "kept"),
    [
        (2, [7, 7, 9, 7, 9, 12, 12, 9], {7, 9}),
        (1, [7, 7, 9, 7, 11, 12, 12, 11], {7, 11}),
        (0, [7, 7, 9, 10, 11, 12, 12, 14], set()),
    ],
)
def test_each_look_is_drawn_once_if_there_is_room(
    room: int, shown: list[int], kept: set[int]
) -> None:
    assert drawn_for(LOOKS, room) == (shown, kept)


def test_no_more_is_kept_than_there_is_room_for() -> None:
    looks = [n * 37 % 23 for n in range(23)] * 3
    for room in range(25):
        shown, kept = drawn_for(looks, room)
        assert all(looks[frame] == looks[n] for n, frame in enumerate(shown))
        last = {frame: n for n, frame in enumerate(shown)}
        for n in range(len(looks)):
            assert sum(frame <= n < last[frame] for frame in kept) <= room
