"""Options survive the command line and JSON without loss."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios.errors import OptionError
from helios.model.audio import AudioTrack
from helios.model.facts import CaptureMethod
from helios.model.formats import EncodingPreset
from helios.model.options import RenderOptions
from helios.planning.flags import argument, argv_to_values, options_to_argv

text = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20)
seconds = st.fractions(min_value=0, max_value=1000, max_denominator=1001)
tracks = st.builds(
    AudioTrack,
    file=text,
    volume=st.floats(0, 10),
    offset=st.fractions(min_value=-100, max_value=100, max_denominator=1001),
    seek=seconds,
    fade_in=seconds,
    fade_out=seconds,
    loop=st.booleans(),
    rate=st.floats(0.1, 4),
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
options = st.builds(
    RenderOptions,
    width=st.none() | st.integers(1, 4000).map(lambda n: n * 2),
    height=st.none() | st.integers(1, 4000).map(lambda n: n * 2),
    fps=st.none() | st.sampled_from([Fraction(30), Fraction(30000, 1001), Fraction(25, 2)]),
    duration=st.none() | st.fractions(min_value=Fraction(1, 1000), max_value=5000),
    start_frame=st.integers(0, 10_000),
    frame_count=st.none() | st.integers(1, 10_000),
    props=st.dictionaries(text, json_values, max_size=3),
    seed=st.integers(0, 2**53 - 1),
    type=st.none() | st.sampled_from(["flat-4k-portrait", "360-stereo-8k"]),
    react_to=st.none() | tracks,
    scale=st.sampled_from([Fraction(1), Fraction(1, 4)]),
    mode=st.sampled_from(["auto", "canvas", "dom"]),
    selector=st.none() | text,
    capture=st.none() | st.sampled_from(list(CaptureMethod)),
    headless=st.booleans(),
    sandbox=st.booleans(),
    page_audio=st.booleans(),
    video_codec=st.none() | st.sampled_from(["libx264", "hevc", "copy"]),
    preset=st.none() | text,
    encoding_preset=st.none() | st.sampled_from(list(EncodingPreset)),
    quality=st.none() | st.integers(0, 63) | st.sampled_from(["draft", "standard", "high"]),
    pixel_format=st.none() | text,
    video_bitrate=st.none() | st.integers(1, 10**9),
    audio=st.lists(tracks, max_size=3).map(tuple),
    audio_codec=st.none() | st.sampled_from(["aac", "pcm_s16le", "opus"]),
    concurrency=st.none() | st.integers(1, 64),
    mix_input_audio=st.booleans(),
)


@given(options)
def test_options_survive_the_command_line(given_options: RenderOptions) -> None:
    positional, values = argv_to_values(["page.html", *options_to_argv(given_options)])
    assert positional == ["page.html"]
    assert RenderOptions.read(values) == given_options


@given(options)
def test_options_survive_json(given_options: RenderOptions) -> None:
    document = given_options.model_dump_json(by_alias=True)
    assert RenderOptions.model_validate_json(document) == given_options


@given(tracks)
def test_tracks_survive_their_short_form(track: AudioTrack) -> None:
    assert AudioTrack.parse(str(track)) == track


def test_the_documented_form_of_a_track_is_read() -> None:
    track = AudioTrack.parse("my song, live.mp3,volume=0.5,offset=1.5,fade_out=2,loop")
    assert track.file == "my song, live.mp3"
    assert (track.volume, track.offset, track.loop) == (0.5, Fraction(3, 2), True)
    for word in ("TRUE", "Yes", "1"):
        assert AudioTrack.parse(f"a.mp3,loop={word}").loop
    for word in ("False", "NO", "0"):
        assert not AudioTrack.parse(f"a.mp3,loop={word}").loop


def test_a_flag_we_do_not_have_is_refused() -> None:
    with pytest.raises(OptionError, match="--bogus"):
        argv_to_values(["--bogus", "1"])


def test_a_leading_dash_is_not_a_flag() -> None:
    assert argument("-odd name.html") == "./-odd name.html"
