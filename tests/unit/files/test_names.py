"""Names that data give lead nowhere else, and names that we make are short enough."""

import pytest

from helios.files.names import is_text, short_name


@pytest.mark.parametrize("stem", ["film", "x" * 160, "\N{CJK UNIFIED IDEOGRAPH-5F71}" * 53])
def test_a_name_stays_what_it_is(stem: str) -> None:
    assert short_name(stem) == stem


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\N{CJK UNIFIED IDEOGRAPH-5F71}"])
def test_what_is_made_of_a_long_name_is_a_name(letter: str) -> None:
    stems = [letter * (250 // len(letter.encode())) + end for end in ("a", "b")]
    short = [short_name(stem) for stem in stems]
    assert short[0] != short[1]
    assert all(len(f"{stem}_part_19999.mov.commit.json".encode()) < 255 for stem in short)


def test_a_name_that_is_not_utf_8_is_no_text() -> None:
    assert is_text("fil\u00e9m")
    assert not is_text("fil\udce9m")
