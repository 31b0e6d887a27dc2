"""Names that data give lead nowhere else, and names that we make are short enough."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios.files.names import is_text, plain_name, short_name


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


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("My Song!", "my_song"),
        ("So\u0308ng", "söng"),
        ("Кино & Группа крови", "кино_группа_крови"),
        ("残酷な天使のテーゼ (Live)", "残酷な天使のテーゼ_live"),
        ("\u202e\u0623\u063a\u0646\u064a\u0629\u200f 7", "\u0623\u063a\u0646\u064a\u0629_7"),
        ("हिन्दी", "हिन्दी"),
        ("🎵 Löve 🔥", "löve"),
        ("❤\ufe0f1\ufe0f\u20e3", "1"),
        ("a\u200bb\u00ad\u3164c\x1b[2J", "abc_2j"),
        ("../../etc/passwd", "etc_passwd"),
        ("🎵", "untitled"),
        ("", "untitled"),
        ("\ud83dx", "x"),
    ],
)
def test_letters_of_any_script_stay_in_a_name(name: str, plain: str) -> None:
    assert plain_name(name) == plain


@pytest.mark.parametrize("letter", ["x", "\u044f", "\u5b57", "\U00020000", "q\u0323\u0307"])
def test_a_long_name_is_cut_between_letters(letter: str) -> None:
    plain = plain_name(letter * 300)
    assert plain == letter * (120 // len(letter.encode()))


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_a_plain_name_shows_all_that_it_has(name: str) -> None:
    plain = plain_name(name)
    assert 0 < len(plain.encode()) <= 120
    assert plain == plain_name(plain) == unicodedata.normalize("NFC", plain)
    kinds = {unicodedata.category(letter) for letter in plain if letter != "_"}
    assert all(kind[0] in "LN" or kind in {"Mn", "Mc", "So"} for kind in kinds), kinds
    assert not set(plain) & set("\u115f\u1160\u3164\uffa0\ufe0f\u034f")
    assert not unicodedata.combining(plain[0])
