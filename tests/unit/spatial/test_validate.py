from __future__ import annotations

import json
import struct
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from tests.commandline import validator

from helios.cli import vr
from helios.model.formats import Projection, StereoLayout, conventional_name
from helios.spatial.inject import inject_spatial_metadata
from helios.spatial.inspect import inspect_film
from helios.spatial.movie import Track
from helios.spatial.validate import (
    Severity,
    Target,
    Validation,
    _recommended_bps,
    validate_film,
)

FilmMaker = Callable[..., Path]
TOP_BOTTOM = StereoLayout.TOP_BOTTOM


def _failed(result: Validation) -> set[str]:
    return {f.check for f in result.findings if f.severity is Severity.FAIL}


def _warned(result: Validation) -> set[str]:
    return {f.check for f in result.findings if f.severity is Severity.WARN}


def _resize(film: Path, width: int, height: int) -> None:
    """Claim another picture size in the sample entry; the pictures stay as they are."""
    data = bytearray(film.read_bytes())
    entry = next(data.index(kind, 60) for kind in (b"avc1", b"hvc1") if kind in data[60:])
    struct.pack_into(">HH", data, entry + 4 + 24, width, height)
    film.write_bytes(data)


def test_an_injected_film_is_valid_everywhere(make_film: FilmMaker) -> None:
    film = make_film("song_360_TB.mp4", size=(128, 128), frames=15)
    inject_spatial_metadata(film, stereo=TOP_BOTTOM)
    for target in Target:
        result = validate_film(film, target)
        assert result.is_valid
        assert _warned(result) <= {"bitrate"}


def test_a_flat_film_fails_on_upload(make_film: FilmMaker) -> None:
    result = validate_film(make_film(), Target.YOUTUBE)
    assert _failed(result) == {"metadata"}
    assert "index" in _warned(result)


def test_only_a_film_of_a_sphere_s_shape_is_sent_to_inject(make_film: FilmMaker) -> None:
    def step(width: int, height: int) -> tuple[str, str]:
        film = make_film(f"{width}.mp4", size=(width, height))
        return next((f.text, f.hint) for f in validate_film(film).findings if f.check == "metadata")

    text, hint = step(160, 90)
    assert "is flat: 160x90" in text
    assert "--projection, --stereo and --force" in hint
    assert step(128, 64) == ("no spherical metadata", "Run `helios vr inject` on it.")


def test_a_wrong_shape_fails(make_film: FilmMaker) -> None:
    film = make_film(size=(128, 128))
    inject_spatial_metadata(film, force=True)
    assert _failed(validate_film(film)) == {"size"}


def test_contradicting_versions_fail(fixtures: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    data = (fixtures / "tb_v1v2.mp4").read_bytes()
    film.write_bytes(data.replace(b">top-bottom<", b">left-right<"))
    assert "metadata" in _failed(validate_film(film))
    assert any("contradict" in oddity for oddity in inspect_film(film).oddities)


@pytest.mark.parametrize(
    ("encoder", "size", "target", "failed", "warned"),
    [
        ("libx264", (8192, 8192), Target.YOUTUBE, {"level"}, set()),
        ("libx264", (8192, 4096), Target.QUEST, {"codec", "size"}, set()),
        ("libx265", (8192, 8192), Target.QUEST, {"level"}, set()),
        ("libx265", (8192, 8192), Target.YOUTUBE, set(), {"level"}),
        ("libx265", (5760, 5760), Target.QUEST, set(), set()),
        ("libx265", (16384, 16384), Target.YOUTUBE, {"size"}, {"level"}),
    ],
)
def test_levels_and_sizes_are_checked(
    make_film: FilmMaker,
    encoder: str,
    size: tuple[int, int],
    target: Target,
    failed: set[str],
    warned: set[str],
) -> None:
    film = make_film(encoder=encoder, size=(128, 128), tag="hvc1" if encoder == "libx265" else "")
    inject_spatial_metadata(film, stereo=TOP_BOTTOM)
    _resize(film, *size)
    result = validate_film(film, target)
    assert _failed(result) == failed
    assert warned <= _warned(result)


def test_codec_facts_are_read(make_film: FilmMaker) -> None:
    facts = {}
    for encoder, tag in (
        ("libx264", ""),
        ("libx265", "hvc1"),
        ("libsvtav1", ""),
        ("libvpx-vp9", ""),
    ):
        film = make_film(f"{encoder}.mp4", encoder=encoder, tag=tag, frames=3)
        codec = inspect_film(film).video[0].codec
        facts[codec.family] = codec.tag
        assert codec.bit_depth == 8
        assert codec.level is not None
        assert 1 <= codec.level <= 2.1, "it is a small film"
    assert facts == {"h264": "avc1", "hevc": "hvc1", "av1": "av01", "vp9": "vp09"}


def test_odd_rates_and_long_gops_are_warned_about(make_film: FilmMaker) -> None:
    film = make_film(fps=31, frames=70)
    inject_spatial_metadata(film)
    assert {"fps", "gop"} <= _warned(validate_film(film))
    with av.open(str(film)) as opened:
        packets = [packet for packet in opened.demux(video=0) if packet.size]
    keys = [n for n, packet in enumerate(packets) if packet.is_keyframe]
    longest = max(b - a for a, b in pairwise([*keys, 70]))
    assert inspect_film(film).video[0].keyframe_interval == longest > 31


def _injected(film: Path) -> Path:
    inject_spatial_metadata(film)
    return film


B_FRAMES = "keyint=12:min-keyint=12:scenecut=0:b-adapt=0:bframes={}:b-pyramid=none"


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_b_pictures_in_a_row_are_counted(make_film: FilmMaker, count: int) -> None:
    film = _injected(
        make_film(size=(128, 64), frames=40, private={"x264-params": B_FRAMES.format(count)})
    )
    order = inspect_film(film).video[0].order
    assert order.consecutive_b == count
    assert not order.is_open
    assert ("b-frames" in _warned(validate_film(film))) == (count > 2)


def test_length_is_that_of_the_pictures_whatever_the_header_says(make_film: FilmMaker) -> None:
    film = make_film(size=(128, 64), frames=40, layout=None)
    content = bytearray(film.read_bytes())
    at = content.index(b"mdhd") + 20
    (duration,) = struct.unpack_from(">I", content, at)
    struct.pack_into(">I", content, at, duration * 2)
    film.write_bytes(content)
    assert inspect_film(film).video[0].duration_s == pytest.approx(40 / 30, abs=1e-6)


@pytest.mark.parametrize("encoder", ["libx264", "libx265"])
@pytest.mark.parametrize("is_open", [False, True])
def test_open_groups_are_warned_about(make_film: FilmMaker, encoder: str, is_open: bool) -> None:
    words = f"{B_FRAMES.format(2)}:open-gop={int(is_open)}"
    if encoder == "libx265":
        words = words.replace(":b-pyramid=none", ":b-pyramid=0") + ":log-level=none:pools=1"
    private = {encoder.removeprefix("lib") + "-params": words, "preset": "medium"}
    film = make_film(
        encoder=encoder, frames=50, tag="hvc1" if encoder == "libx265" else "", private=private
    )
    assert inspect_film(film).video[0].order.is_open == is_open
    assert ("gop" in _warned(validate_film(film))) == is_open


@pytest.mark.parametrize("has_cabac", [False, True])
def test_the_entropy_coder_is_read(make_film: FilmMaker, has_cabac: bool) -> None:
    film = _injected(make_film(private={"x264-params": f"cabac={int(has_cabac)}"}))
    assert inspect_film(film).video[0].codec.has_cabac is has_cabac
    assert ("codec" in _warned(validate_film(film))) is not has_cabac


def test_a_level_that_is_too_low_is_warned_about(make_film: FilmMaker) -> None:
    film = make_film(size=(128, 128))
    inject_spatial_metadata(film, stereo=TOP_BOTTOM)
    assert "level" not in _warned(validate_film(film))
    data = bytearray(film.read_bytes())
    data[data.index(b"avcC") + 4 + 3] = 31
    film.write_bytes(data)
    _resize(film, 4096, 4096)
    warned = {f.check: f.text for f in validate_film(film).findings}
    assert "level 3.1" in warned["level"]
    _resize(film, 960, 960)
    assert "level" not in _warned(validate_film(film)), "3 600 blocks, as many as 3.1 has"
    _resize(film, 976, 960)
    assert "level" in _warned(validate_film(film))


def test_far_too_many_bits_are_warned_about(make_film: FilmMaker, tmp_path: Path) -> None:
    film = make_film()
    inject_spatial_metadata(film)
    data = film.read_bytes()
    at = data.index(b"stsz") + 4
    swollen = data[: at + 4] + struct.pack(">I", 1 << 24) + data[at + 8 :]
    film.write_bytes(swollen)
    texts = [f.text for f in validate_film(film).findings if f.check == "bitrate"]
    assert len(texts) == 1
    assert "far above" in texts[0]


def test_names_follow_the_headset_convention() -> None:
    full, half = Projection.EQUIRECT, Projection.EQUIRECT_180
    name = conventional_name
    assert name(Path("a.mp4"), full, TOP_BOTTOM) == Path("a_360_TB.mp4")
    assert name(Path("d/a_360_TB.mp4"), full, TOP_BOTTOM) == Path("d/a_360_TB.mp4")
    assert name(Path("a_360.mp4"), half, StereoLayout.LEFT_RIGHT) == Path("a_180_LR.mp4")
    assert name(Path("a.mp4"), Projection.PERSPECTIVE, StereoLayout.MONO) == Path("a.mp4")


def test_the_command_line_tells_it_all(
    make_film: FilmMaker, capsys: pytest.CaptureFixture[str]
) -> None:
    film = make_film(size=(128, 128))
    assert vr.validate(film) == 1
    assert vr.inject(film, stereo=TOP_BOTTOM, yaw=30) == 0
    assert "film_360_TB.mp4" in capsys.readouterr().out
    assert vr.inspect(film) == 0
    shown = capsys.readouterr().out
    assert "360° equirectangular, stereo top-bottom" in shown
    assert "view (yaw pitch roll) 30 0 0" in shown
    assert "avc1 High" in shown
    assert vr.validate(film, target=Target.VLC, quiet=True) == 0
    assert "ok  " not in capsys.readouterr().out
    assert vr.validate(film, target=Target.VLC) == 0
    assert "plays on vlc" in capsys.readouterr().out
    assert vr.inject(film, projection="flat") == 0
    assert "replaced: 360° equirectangular, stereo top-bottom" in capsys.readouterr().out


def test_the_commands_print_json(make_film: FilmMaker, capsys: pytest.CaptureFixture[str]) -> None:
    def printed(schema: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        validator(schema).validate(document)
        return document

    film = make_film()
    assert vr.validate(film, json=True) == 1
    refused = printed("verify")
    wrong = [each["check"] for each in refused["findings"] if each["status"] == "problem"]
    assert (wrong, refused["problems"], refused["film"]) == (["metadata"], 1, str(film))
    assert vr.inject(film, yaw=30, json=True) == 0
    injected = printed("sphere")
    assert injected["spherical"] == injected["version_2"]
    assert injected["spherical"]["projection"] == "equirect"
    assert injected["spherical"]["yaw_deg"] == 30
    assert injected["conventional_name"] == "film_360.mp4"
    assert injected["replaced"] == []
    assert vr.validate(film, target=Target.VLC, json=True) == 0
    assert printed("verify")["problems"] == 0
    assert vr.inspect(film, json=True) == 0
    inspected = printed("sphere")
    assert inspected["version_1"] == injected["version_1"]
    assert [inspected["video"][0][name] for name in ("width", "height", "frames")] == [128, 64, 12]
    assert vr.inject(film, projection="flat", json=True) == 0
    flat = printed("sphere")
    assert (flat["spherical"], flat["conventional_name"]) == (None, None)
    assert inspected["version_2"] in flat["replaced"]


def test_the_rate_is_that_of_most_frames() -> None:
    track = Track.__new__(Track)
    track.__dict__ |= {"frame_durations": {5: 1, 1001: 98, 0: 3}, "timing": (30_000, 0)}
    assert track.fps == Fraction(30_000, 1001)


@pytest.mark.parametrize(("fps", "bits"), [(24, 8_000_000), (30, 8_000_000), (60, 12_000_000)])
def test_what_is_recommended_depends_on_the_rate(fps: int, bits: int) -> None:
    assert _recommended_bps(1920 * 1080, Fraction(fps)) == bits
