"""Where a film that is too long ends."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from helios.rendering.cut import levels_of, quiet_end


def test_the_film_ends_in_the_quietest_moment_of_the_last_tenth() -> None:
    levels = np.ones(1000)
    levels[570:576] = 0.1
    levels[200:210] = 0.0
    assert Fraction("57.0") <= quiet_end(levels, Fraction(60)) <= Fraction("57.6")


def test_a_gap_between_beats_is_no_end_of_a_phrase() -> None:
    levels = np.ones(1000)
    levels[590] = 0.0
    levels[560:566] = 0.3
    assert Fraction(56) <= quiet_end(levels, Fraction(60)) <= Fraction("56.6")


def test_even_sound_is_used_to_the_end() -> None:
    assert Fraction("59.7") <= quiet_end(np.ones(1000), Fraction(60)) <= 60


def test_levels_are_rms_of_tenths_of_a_second() -> None:
    loud, quiet = np.full((4800, 2), 0.5, np.float32), np.zeros((4800, 2), np.float32)
    blocks = [np.concatenate((loud, quiet))[n : n + 1000] for n in range(0, 9600, 1000)]
    assert np.allclose(levels_of(blocks, 48_000), [0.5, 0.0])
