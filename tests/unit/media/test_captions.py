"""Lyrics and transcripts: each word with its time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helios.errors import OptionError
from helios.media.captions import read_captions
from helios.model.captions import CaptionLine, CaptionWord, caption_troubles

Words = list[tuple[float, float, str]]


def read(folder: Path, text: str | bytes, name: str = "song.lrc") -> tuple[CaptionLine, ...]:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_captions(path)


def words(line: CaptionLine) -> Words:
    return [(round(w.start_s, 3), round(w.end_s, 3), w.text) for w in line.words]


def test_lines_of_lrc_last_to_the_next(tmp_path: Path) -> None:
    text = "[ti:Night]\n[ar:Nobody]\n[00:02.50]One\n[00:04.00]\n[01:05:250]Two\n"
    one, two = read(tmp_path, text)
    assert words(one) == [(2.5, 4, "One")]
    assert words(two) == [(65.25, 70.25, "Two")]


def test_lrc_out_of_order_repeated_and_moved(tmp_path: Path) -> None:
    text = "\ufeff[offset:+500]\n[00:20.00]Verse\n[00:10.00][00:30.00]Again\n[00:00.20]First"
    lines = read(tmp_path, text)
    assert [(line.start_s, line.text) for line in lines] == [
        (0, "First"),
        (9.5, "Again"),
        (19.5, "Verse"),
        (29.5, "Again"),
    ]


def test_words_of_enhanced_lrc_have_times_and_syllables_stay_together(tmp_path: Path) -> None:
    text = "[00:01.00]<00:01.00>Hel<00:01.20>lo <00:01.50>you <00:02.00>\n[00:09.00]Bye"
    hello, _ = read(tmp_path, text)
    assert words(hello) == [(1, 1.2, "Hel"), (1.2, 1.5, "lo "), (1.5, 2, "you ")]
    assert (hello.text, hello.end_s) == ("Hello you", 2)


def test_a_space_on_both_sides_of_a_time_is_one(tmp_path: Path) -> None:
    (line,) = read(tmp_path, "[00:01.00] <00:01.00> We <00:01.50> drive <00:02.00>on<00:02.50>")
    assert "".join(word.text for word in line.words) == "We drive on"


def test_an_offset_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"\[offset:soon\] is no whole number"):
        read(tmp_path, "[offset:soon]\n[00:01.00]a")
    assert read(tmp_path, "[offset:]\n[00:01.00]a")[0].start_s == 1


def test_an_offset_moves_the_words_too(tmp_path: Path) -> None:
    (line,) = read(tmp_path, "[offset:-1000]\n[00:01.00]<00:01.00>a <00:02.00>b")
    assert words(line) == [(2, 3, "a "), (3, 7, "b")]


SEGMENTS = {
    "language": "en",
    "segments": [
        {
            "start": 1.0,
            "end": 3.0,
            "text": " Hello you",
            "speaker": "SPEAKER_00",
            "words": [
                {"word": " Hello", "start": 1.0, "end": 1.5, "probability": 0.9},
                {"word": " you", "start": 1.75, "end": 2.5},
            ],
        },
        {"start": 4, "end": 5, "text": " No words."},
    ],
}


def test_segments_of_a_transcriber(tmp_path: Path) -> None:
    hello, plain = read(tmp_path, json.dumps(SEGMENTS), "a.json")
    assert words(hello) == [(1, 1.5, " Hello"), (1.75, 2.5, " you")]
    assert (hello.start_s, hello.end_s, hello.speaker) == (1, 3, "SPEAKER_00")
    assert words(plain) == [(4, 5, "No words.")]


def test_words_without_times_take_those_around_them(tmp_path: Path) -> None:
    said: list[dict[str, Any]] = [
        {"word": "In", "start": 1, "end": 1.5},
        {"word": "2024"},
        {"word": "we", "start": 2, "end": 2.5},
    ]
    (line,) = read(tmp_path, json.dumps({"segments": [{"start": 1, "words": said}]}), "a.json")
    assert words(line) == [(1, 1.5, "In"), (1.5, 2, " 2024"), (2, 2.5, " we")]


def test_words_of_scripts_without_spaces_stay_together(tmp_path: Path) -> None:
    said = [{"word": "夜の", "start": 1, "end": 2}, {"word": "街", "start": 2, "end": 3}]
    segment = {"start": 1, "end": 3, "text": "夜の街", "words": said}
    (line,) = read(tmp_path, json.dumps({"segments": [segment]}), "a.json")
    assert line.text == "夜の街"


def test_words_alone_are_parted_at_pauses_sentences_and_speakers(tmp_path: Path) -> None:
    said = [
        {"word": "One", "start": 0, "end": 0.4},
        {"word": "two.", "start": 0.4, "end": 0.8},
        {"word": "Three", "start": 0.9, "end": 1.2},
        {"word": "four", "start": 3, "end": 3.3, "speaker": 0},
        {"word": "five", "start": 3.3, "end": 3.6, "speaker": 1},
    ]
    for value in ({"words": said}, said):
        lines = read(tmp_path, json.dumps(value), "a.json")
        assert [line.text for line in lines] == ["One two.", "Three", "four", "five"]
        assert [line.speaker for line in lines] == [None, None, "0", "1"]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    text = "[00:01.00]<00:01.00>Hel<00:01.20>lo <00:01.50>you <00:02.00>"
    lines = read(tmp_path, text)
    written = json.dumps({"lines": [line.values() for line in lines]})
    assert read(tmp_path, written, "a.json") == lines


def test_subtitles_without_times_of_words_are_lines_of_one(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,500\n<i>Fish & chips</i>\nfor two\n"
    (line,) = read(tmp_path, text, "a.srt")
    assert words(line) == [(1, 2.5, "Fish & chips\nfor two")]


def test_words_of_webvtt_have_times(tmp_path: Path) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:04.000\nWe <00:01.500><c>drive &amp;</c> <00:02.250>sing\n"
    (line,) = read(tmp_path, text, "a.vtt")
    assert words(line) == [(1, 1.5, "We "), (1.5, 2.25, "drive & "), (2.25, 4, "sing")]


def test_syllables_of_ass_have_times(tmp_path: Path) -> None:
    text = (
        "[Script Info]\n[Events]\nFormat: Start, End, Text\n"
        "Dialogue: 0:00:01.00,0:00:04.00,{\\k50}We {\\kf25\\b1}dri{\\K25}ve{\\b0}\\N{\\ko100}on\n"
    )
    (line,) = read(tmp_path, text, "a.ass")
    assert words(line) == [(1, 1.5, "We "), (1.5, 1.75, "dri"), (1.75, 2, "ve\n"), (2, 4, "on")]


def test_times_of_words_stay_in_their_cue(tmp_path: Path) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\na <00:09.000>b <00:00.100>c\n"
    (line,) = read(tmp_path, text, "a.vtt")
    assert words(line) == [(1, 2, "a "), (2, 2, "b "), (2, 2, "c")]


def test_voices_of_webvtt_are_speakers(tmp_path: Path) -> None:
    text = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann & Bo>Hello</v>\n\n00:03.000 --> 00:04.000\nBye\n"
    )
    hello, bye = read(tmp_path, text, "a.vtt")
    assert (hello.text, hello.speaker) == ("Hello", "Ann & Bo")
    assert (bye.text, bye.speaker) == ("Bye", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Just words\nwithout times\n", "no words with times"),
        ("", "no words with times"),
        ("[ti:Only a title]", "no words with times"),
        ("[]", "no words with times"),
        ('{"segments": []}', "no words with times"),
        ('{"segments": [{"text": "x"}]}', "no words with times"),
        ('{"segments": [{"start": "x"}]}', "segments"),
        ('{"segments": [{"start": -1, "text": "a"}]}', "segments"),
        ('{"words": [{"word": "a", "start": 1e999}]}', "JSON"),
        ("{", "JSON"),
        ("1\n00:00:02,000 --> 00:00:01,000\nBack\n", "no cue"),
        ("[00:01.00]caf\xe9".encode("latin-1"), "UTF-8"),
    ],
)
def test_what_has_no_times_is_refused(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        read(tmp_path, text, "odd")


def line(start: float, end: float, text: str) -> CaptionLine:
    word = CaptionWord(start_s=start, end_s=end, text=text)
    return CaptionLine(start_s=start, end_s=end, words=(word,))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([line(0, 2, "One"), line(1.5, 3, "Two")], ["before the last line has gone"]),
        ([line(0, 1, "a" * 60)], ["characters a second"]),
        ([line(0, 1000, "b" * 10_000)], ["more than two rows"]),
        ([line(3, 2, "Back to front")], ["ends before it begins"]),
        ([line(0, 2, "One"), line(2, 3, "Two")], []),
    ],
)
def test_what_cannot_be_read_is_told(lines: list[CaptionLine], said: list[str]) -> None:
    found = list(caption_troubles(lines))
    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True))
