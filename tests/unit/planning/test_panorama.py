"""Sizes of pictures that go around, and the bit rates that are granted to them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.films import WIDTH, encode_parts, settings

from helios.encode.parameters import encoder_options
from helios.errors import OptionError
from helios.model.composition import Composition, CompositionKind
from helios.model.formats import EXPORT_TYPES, Projection, export_type
from helios.model.options import RenderOptions
from helios.planning.encoding import resolve_encoding
from helios.planning.panorama import most_bits
from helios.planning.planner import plan_render
from helios.planning.resolve import resolve, resolve_frames
from helios.rendering.merge import merge_files

AROUND = [t for t in EXPORT_TYPES if t.projection is not Projection.PERSPECTIVE]


def size_of(**options: Any) -> tuple[int, int]:
    draw = resolve_frames(CompositionKind.SCENE, RenderOptions.read(options), None).draw
    return draw.width, draw.height


@pytest.mark.parametrize("entry", AROUND, ids=lambda entry: entry.name)
def test_every_type_can_be_drawn_at_any_scale(entry: Any) -> None:
    assert size_of(type=entry.name) == (entry.width, entry.height)
    for scale in ("1/2", "1/7", "1/16", "0.013"):
        width, height = size_of(type=entry.name, scale=scale)
        assert Fraction(width, height) == Fraction(entry.width, entry.height)
        assert width % 4 == 0
        assert height % 2 == 0


@pytest.mark.parametrize(
    ("type_", "asked", "given"),
    [
        ("360-mono-4k", {"width": 1024}, (1024, 512)),
        ("360-mono-4k", {"height": 512}, (1024, 512)),
        ("360-stereo-4k", {"height": 512}, (512, 512)),
        ("vr180-4k", {"width": 512}, (512, 256)),
        ("fulldome-2k", {"height": 512}, (512, 512)),
    ],
)
def test_one_side_follows_from_the_other(
    type_: str, asked: dict[str, int], given: tuple[int, int]
) -> None:
    assert size_of(type=type_, **asked) == given


@pytest.mark.parametrize(
    ("type_", "size", "nearest"),
    [
        ("360-mono-8k", (8192, 8192), "11584x5792"),
        ("360-mono-4k", (3840, 2160), "4072x2036"),
        ("360-stereo-5.7k", (5760, 2880), "4072x4072"),
        ("360-stereo-4k", (4098, 4098), "4096x4096"),
        ("vr180-4k", (4096, 4096), "5792x2896"),
        ("fulldome-2k", (2048, 1080), "1488x1488"),
    ],
)
def test_other_shapes_are_refused_with_the_nearest(
    type_: str, size: tuple[int, int], nearest: str
) -> None:
    with pytest.raises(OptionError, match="is not") as error:
        size_of(type=type_, width=size[0], height=size[1])
    assert nearest in error.value.hint
    width, height = map(int, nearest.split("x"))
    assert size_of(type=type_, width=width, height=height) == (width, height)


def test_flat_types_take_any_shape() -> None:
    assert size_of(type="flat-1080p-portrait", width=640, height=640) == (640, 640)


def test_joining_refuses_the_shape_before_it_writes(tmp_path: Path) -> None:
    (part,) = encode_parts(tmp_path, settings(), [3])
    output = tmp_path / "film_360.mp4"
    with pytest.raises(OptionError, match=f"{WIDTH}x96 is not"):
        merge_files(output, [part.path], RenderOptions.read({"type": "360-mono-4k"}))
    assert not output.exists()


def encoding_of(fps: int = 30, **options: Any) -> Any:
    scene = Composition(kind=CompositionKind.SCENE, location="etherealFlame")
    return plan_render(scene, Path("film.mp4"), RenderOptions.read({"fps": fps, **options})).encode


@pytest.mark.parametrize("entry", AROUND, ids=lambda entry: entry.name)
def test_hevc_of_the_types_stays_under_what_platforms_ask_for(entry: Any) -> None:
    if entry.video_codec != "libx265" or not entry.projection.is_spherical:
        assert encoding_of(type=entry.name).ceiling_bps is None
        return
    slow, fast = (encoding_of(fps, type=entry.name) for fps in (30, 60))
    assert (slow.ceiling_bps, fast.ceiling_bps) == (entry.bitrate_30_bps, entry.bitrate_60_bps)
    assert slow.crf == fast.crf == 22
    assert f"vbv-maxrate={entry.bitrate_30_bps // 1000}:" in encoder_options(slow)["x265-params"]


def test_a_wish_lifts_the_ceiling() -> None:
    for wish in ({"quality": 18}, {"video_bitrate": "8M"}, {"encoding_preset": "h265-quality"}):
        assert encoding_of(type="360-stereo-8k", **wish).ceiling_bps is None
    half = encoding_of(type="360-stereo-8k", scale="1/2")
    assert half.ceiling_bps is None  # H.264 by default where the picture is small
    small = encoding_of(type="360-stereo-8k", scale="1/2", video_codec="hevc")
    assert small.ceiling_bps == 40_000_000


def test_h264_is_refused_above_its_largest_picture() -> None:
    with pytest.raises(OptionError, match="8192x8192 is larger than libx264") as error:
        encoding_of(type="360-stereo-8k", video_codec="h264")
    assert "--video-codec hevc" in error.value.hint
    assert "139264" in error.value.message.replace(" ", "")


def test_the_ceiling_is_part_of_the_settings() -> None:
    options = RenderOptions.read({"type": "360-mono-8k", "video_codec": "hevc"})
    made = resolve_encoding(options, "mp4", width=8192, height=4096, fps=Fraction(30))
    assert made.ceiling_bps == most_bits(export_type("360-mono-8k"), 8192, 4096, Fraction(30))


@pytest.mark.parametrize(
    ("asked", "name", "wanted"),
    [
        ("360-stereo-4k", "a.mp4", "a_360_TB.mp4"),
        ("360-mono-4k", "a_360_TB.mp4", "a_360.mp4"),
        ("vr180-4k", "a.mov", "a_180_LR.mov"),
        ("360-stereo-4k", "a_360_TB.mp4", None),
        ("fulldome-2k", "a.mp4", None),
        ("flat-1080p-landscape", "a.mp4", None),
    ],
)
def test_a_name_that_headsets_do_not_know_is_told(
    asked: str, name: str, wanted: str | None
) -> None:
    options = RenderOptions(type=asked, duration=1, scale="1/16")
    told = resolve(CompositionKind.SCENE, Path("films") / name, options, None).warnings
    expected = (f"headset players go by the film's name: call it {wanted}",)
    assert told == (expected if wanted else ())
