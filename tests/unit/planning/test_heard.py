"""Events of media elements become voices."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from helios.planning.heard import track_of, voices_of

FILES = {"a": "/a.wav"}


def on(at: float, position: float = 0, **more: Any) -> dict[str, Any]:
    usual = {"url": "a", "volume": 1, "rate": 1, "loop": False, "keepsPitch": True, "length": 4}
    usual |= {"isPlaced": False, "fadeIn": None, "fadeOut": None, "isUnknown": False}
    return {"id": 1, "at": at, "isOn": True, "position": position, **usual, **more}


def off(at: float) -> dict[str, Any]:
    return {"id": 1, "at": at, "isOn": False}


def test_a_sound_played_to_its_end_is_a_track() -> None:
    (voice,) = voices_of([on(500), off(4500)], FILES)
    track = track_of(voice)
    assert track is not None
    assert (track.file, track.offset, track.seek, track.volume) == ("/a.wav", Fraction(1, 2), 0, 1)


def test_a_sound_from_its_middle_ends_by_itself_at_its_end() -> None:
    (ended,) = voices_of([on(1000, 3), off(2000)], FILES)
    assert (ended.seek_s, ended.end_s) == (3, None)
    (fast,) = voices_of([on(0, 2, rate=2), off(1000)], FILES)
    assert fast.end_s is None
    (stopped,) = voices_of([on(1000, 3), off(1500)], FILES)
    assert stopped.end_s == 1.5


def test_a_stop_a_seek_and_a_volume_are_kept() -> None:
    told = [on(0), on(1000, 1, volume=0.5), on(2000, 3), off(2500)]
    first, second = voices_of(told, FILES)
    assert (first.start_s, first.end_s, first.gains) == (0, 2, ((0, 1), (1, 0.5)))
    assert (second.start_s, second.end_s, second.seek_s) == (2, 2.5, 3)
    assert track_of(first) is None
    assert track_of(second) is None


def test_what_is_never_loud_or_unknown_or_taken_back_is_no_voice() -> None:
    assert voices_of([on(0, volume=0), off(900)], FILES) == ()
    assert voices_of([on(0, url="b"), off(900)], FILES) == ()
    assert voices_of([on(0), {"id": 1, "drop": True}], FILES) == ()
    assert voices_of([on(2000), off(1000)], FILES) == ()


def test_a_loop_from_the_middle_is_no_track_but_a_placed_one_is() -> None:
    (middle,) = voices_of([on(0, 2, loop=True)], FILES)
    (placed,) = voices_of([on(0, 2, loop=True, isPlaced=True)], FILES)
    assert track_of(middle) is None
    assert track_of(placed) is not None


def test_a_volume_while_it_loops_goes_on_with_the_voice() -> None:
    (voice,) = voices_of([on(0, loop=True), on(9000, 1, loop=True, volume=0.25)], FILES)
    assert voice.gains == ((0, 1), (9, 0.25))
