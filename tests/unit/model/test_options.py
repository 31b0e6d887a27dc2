"""Bad options are refused in words that name the option."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from helios.errors import OptionError
from helios.model.options import RenderOptions, parse_bitrate
from helios.model.overlay import read_props


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"width": 0}, "--width"),
        ({"width": -2}, "--width"),
        ({"width": 100_000}, "--width"),
        ({"height": "abc"}, "--height"),
        ({"fps": 0}, "--fps"),
        ({"fps": math.nan}, "--fps"),
        ({"fps": "-30"}, "--fps"),
        ({"duration": "0"}, "--duration"),
        ({"duration": math.inf}, "--duration"),
        ({"concurrency": 0}, "--concurrency"),
        ({"concurrency": 2.5}, "--concurrency"),
        ({"start_frame": -1}, "--start-frame"),
        ({"frame_count": 0}, "--frame-count"),
        ({"video_codec": "h999"}, "--video-codec"),
        ({"audio_codec": "mp9"}, "--audio-codec"),
        ({"mode": "svg"}, "--mode"),
        ({"quality": "best"}, "--quality"),
        ({"video_bitrate": "fast"}, "--video-bitrate"),
        ({"nonsense": 1}, "--nonsense"),
        ({"audio": ["x.mp3,volume=loud"]}, "--audio"),
        ({"seed": -1}, "--seed"),
        ({"props": "[1]"}, "--props"),
        ({"props": "{x"}, "--props"),
        ({"tags": '{"name": "x"}'}, "--tags: no tag 'name'"),
        ({"tags": {"title": " "}}, "--tags: title"),
        ({"tags": "[]"}, "--tags"),
    ],
)
def test_a_bad_value_names_its_option(values: dict[str, object], named: str) -> None:
    with pytest.raises(OptionError) as caught:
        RenderOptions.read(values)
    assert named in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "meant"), [("widht", "--width"), ("framCount", "--frame-count"), ("colour", None)]
)
def test_an_option_that_there_is_not_names_the_one_that_was_meant(
    name: str, meant: str | None
) -> None:
    with pytest.raises(OptionError, match="no such option") as caught:
        RenderOptions.read({name: 3})
    assert (f"did you mean {meant}?" in caught.value.message) is (meant is not None)


def test_an_odd_size_names_the_nearest_even_one() -> None:
    with pytest.raises(OptionError, match="--width: must be even, not 1279") as caught:
        RenderOptions.read({"width": 1279})
    assert caught.value.hint == "The nearest even size is 1280."


def test_strings_of_the_command_line_are_read() -> None:
    options = RenderOptions.read(
        {"width": "1280", "fps": "29.97", "quality": "18", "videoBitrate": "8M"}
    )
    assert (options.width, options.quality, options.video_bitrate) == (1280, 18, 8_000_000)


def test_props_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "props.json"
    file.write_text('{"title": "Grüße"}', encoding="utf-8")
    assert RenderOptions.read({"props": f"@{file}"}).props == {"title": "Grüße"}


@pytest.mark.parametrize("text", ["NaN", '{"a": NaN}', "@nowhere.json", "1"])
def test_props_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(OptionError):
        read_props(text)


@pytest.mark.parametrize(
    ("text", "bits"), [("8M", 8_000_000), ("800k", 800_000), (5, 5), ("1.5m", 1_500_000)]
)
def test_bitrates_have_suffixes(text: object, bits: int) -> None:
    assert parse_bitrate(text) == bits


def test_one_host_is_one_host() -> None:
    assert RenderOptions.read({"allow_host": "localhost:3000"}).allow_host == ("localhost:3000",)
    both = RenderOptions.read({"allow_host": ["*.Example.com", "[::1]:80"]})
    assert both.allow_host == ("*.example.com", "[::1]:80")
