"""What subtitle files say, and what is said of files that say nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from helios.errors import OptionError
from helios.media.subtitles import read_subtitles
from helios.model.subtitles import Cue, CueFrames, Subtitles


def read(folder: Path, content: str | bytes) -> Subtitles:
    path = folder / "words.srt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_subtitles(path)


def one(folder: Path, text: str) -> Cue:
    (cue,) = read(folder, f"1\n00:00:01,000 --> 00:00:02,500\n{text}\n").cues
    return cue


ASS = """[Script Info]
[V4+ Styles]
Format: Name, PrimaryColour, Bold, Italic, Alignment
Style: Default,&H00FFFFFF,0,0,2
Style: Loud,&H0000FFFF,-1,0,8
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:03.25,0:00:04.00,Default,,0,0,0,,Two,{\\i1} three{\\i0}\\Nfour
Dialogue: 0,0:00:01.00,0:00:02.00,Loud,,0,0,0,,{\\c&H0000FF&}Red{\\p1}m 0 0{\\p0} {\\an7}end
"""


def test_srt_gives_times_and_styles(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "1\r\n00:00:01,000 --> 00:00:02,500\r\nHello\r\nyou\r\n\r\n2\r\n"
        "01:00:02.5 --> 1:00:03,04\r\n12\r\n\r\n3\r\n",
    )
    assert [(cue.start_s, cue.end_s, cue.html) for cue in found.cues] == [
        (1, Fraction(5, 2), "Hello<br>you"),
        (Fraction(7205, 2), Fraction(360304, 100), "12<br><br>3"),
    ]
    cue = one(tmp_path, '{\\an8}<b>a <i>b</b> c</i> <font color="#ff0">d</font>')
    assert cue.place == "top"
    assert cue.html == '<b>a <i>b</i></b><i> c</i> <span style="color:#ff0">d</span>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('<b onclick="x()">a</b>', "<b>a</b>"),
        ('<font color="red;background:url(x)">a</font>', "<span>a</span>"),
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ("<b>never closed", "<b>never closed</b>"),
        ("never opened</i>", "never opened"),
    ],
)
def test_text_stays_text(tmp_path: Path, text: str, html: str) -> None:
    assert one(tmp_path, text).html == html


def test_webvtt_gives_voices_classes_and_places(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "WEBVTT - title\n\nSTYLE\n::cue { color: red }\n\nNOTE --> is a comment\n\nid\n"
        "00:01.000 --> 00:02.000 line:0 align:start\n<v Ann & Co>Hi <c.shout.x>you</c> &lt;3\n\n"
        "00:03.000 --> 00:04.000 line:50%\nmiddle\n",
    )
    first, second = found.cues
    assert (first.place, first.side, second.place) == ("top", "left", "middle")
    said = 'Hi <span class="shout x">you</span> &lt;3'
    assert first.html == f'<span class="voice" data-voice="Ann &amp; Co">{said}</span>'


def test_ass_gives_styles_and_order_by_time(tmp_path: Path) -> None:
    first, second = read(tmp_path, ASS).cues
    assert (first.start_s, first.place, first.side) == (1, "top", "left")
    assert first.html == '<b></b><b><span style="color:#ff0000">Red end</span></b>'.replace(
        "<b></b><b>", '<b><span style="color:#ffff00"></span>'
    )
    assert (second.start_s, second.html) == (Fraction(13, 4), "Two,<i> three</i><br>four")


def test_cues_are_half_open_in_frames() -> None:
    cue = Cue(start_s=Fraction(1), end_s=Fraction(2), html="x")
    half = Cue(start_s=Fraction(2), end_s=Fraction(101, 50), html="y")
    fps = Fraction(30000, 1001)
    both = CueFrames(Subtitles(cues=(cue, half)), fps)
    shown = [both.at(frame) for frame in range(70)]
    for frame, cues in enumerate(shown):
        at_s = frame / fps
        assert (cue in cues) == (1 <= at_s < 2)
        assert (half in cues) == (2 <= at_s < Fraction(101, 50))


def test_cues_that_cannot_be_shown_are_named(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "1\n00:00:05,000 --> 00:00:04,000\nbackwards\n\n2\n"
        "-00:00:05,000 --> -00:00:04,000\nearly\n\n3\n-00:00:01,000 --> 00:00:01,000\nkept\n\n"
        "4\n00:00:01,000 --> 00:00:02,000\n<i> </i>\n",
    )
    assert [cue.html for cue in found.cues] == ["kept"]
    assert found.cues[0].frames(Fraction(10)) == (0, 10)
    told = "\n".join(found.warnings)
    for line, why in ((2, "ends before it begins"), (6, "before the film"), (14, "empty")):
        assert f"line {line}: the cue" in told
        assert why in told


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "has no cue"),
        (b"Dear diary,\n\ntoday", "has no cue"),
        (b"\x00\x00\x00\x18ftypmp42", "it is not text"),
        (
            "1\n00:00:01,000 --> 00:00:02,000\nGrüße".encode("latin-1"),
            "not UTF-8 .line 3, byte 0xfc",
        ),
        (b"1\n00:00:02,000 --> 00:00:02,000\nnow", "no cue of it can be shown"),
        (b"[Events]\nDialogue: nonsense", "has no cue"),
        (b"WEBVTT\n", "has no cue"),
    ],
)
def test_what_is_no_subtitle_file_is_told(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        read(tmp_path, content)


def test_lines_of_lyrics_stay_until_the_next(tmp_path: Path) -> None:
    lyrics = "[ti:Night]\n[00:01.10]One & <00:01.50>two\n[00:04.20]\n[01:05.25]Three"
    one, three = read(tmp_path, lyrics.encode()).cues
    assert (one.html, one.start_s, one.end_s) == (
        "One &amp; two",
        Fraction(11, 10),
        Fraction(42, 10),
    )
    assert (three.html, three.start_s, three.end_s - three.start_s) == (
        "Three",
        Fraction(261, 4),
        5,
    )


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot read"):
        read_subtitles(tmp_path / "missing.srt")
    with pytest.raises(OptionError, match="is not a file"):
        read_subtitles(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(tmp_path: Path, encoding: str) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nGrüße".encode(encoding)
    assert read(tmp_path, text).cues[0].html == "Grüße"


@pytest.mark.parametrize(
    ("number", "place", "side"),
    [
        (1, "bottom", "left"),
        (2, "bottom", "center"),
        (5, "top", "left"),
        (7, "top", "right"),
        (9, "middle", "left"),
        (11, "middle", "right"),
    ],
)
def test_old_files_count_places_in_their_own_way(
    tmp_path: Path, number: int, place: str, side: str
) -> None:
    old = ASS.replace("[V4+ Styles]", "[V4 Styles]").replace("0,0,2", f"0,0,{number}")
    cue = read(tmp_path, old).cues[-1]
    assert (cue.place, cue.side) == (place, side)
    assert one(tmp_path, f"{{\\a{number}}}word").place == place
