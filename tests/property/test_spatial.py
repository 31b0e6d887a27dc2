from __future__ import annotations

import io
import struct
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helios.errors import HeliosError, MetadataError
from helios.model.formats import StereoLayout
from helios.spatial.boxes import Source
from helios.spatial.inspect import report
from helios.spatial.metadata import (
    CropBounds,
    InitialView,
    SphericalMetadata,
    read_v1,
    read_v2,
    write_v1,
    write_v2,
)
from helios.spatial.movie import Movie
from helios.spatial.rewrite import Edits, Layout

FIXTURES = Path(__file__).parents[1] / "fixtures" / "spatial"
PLAIN = (FIXTURES / "tb_v1v2.mp4").read_bytes()
# The index alone, its media cut to a few bytes: mutations then hit what is parsed.
INDEX = PLAIN[: PLAIN.index(b"mdat") - 4] + struct.pack(">I4s", 64, b"mdat") + bytes(56)
KINDS = st.sampled_from(
    [
        b"moov",
        b"trak",
        b"mdia",
        b"minf",
        b"stbl",
        b"stsd",
        b"stco",
        b"co64",
        b"hdlr",
        b"avc1",
        b"sv3d",
        b"proj",
        b"uuid",
        b"dref",
        b"mdat",
        b"elst",
        b"stts",
        b"stss",
        b"stsz",
        b"mdhd",
    ]
)
SIZES = st.sampled_from([0, 1, 2, 7, 8, 9, 15, 16, 255, 1 << 16, 1 << 31, (1 << 32) - 1])


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _wild_box(parts: tuple[bytes, int | None, bytes]) -> bytes:
    kind, size, body = parts
    return struct.pack(">I4s", 8 + len(body) if size is None else size, kind) + body


TREES = st.recursive(
    st.binary(max_size=40),
    lambda inner: st.lists(
        st.tuples(KINDS, st.one_of(st.none(), st.none(), SIZES), inner).map(_wild_box), max_size=4
    ).map(b"".join),
    max_leaves=25,
)


@st.composite
def _mutations(draw: st.DrawFn) -> bytes:
    data = bytearray(INDEX)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(data) - 1))
        change = draw(st.integers(0, 3))
        if change == 0:
            data[place] = draw(st.integers(0, 255))
        elif change == 1:
            data[place : place + 4] = struct.pack(">I", draw(SIZES))
        elif change == 2:
            data[place : place + 4] = draw(KINDS)
        else:
            del data[place : place + draw(st.integers(1, 64))]
    return bytes(data)


FILES = st.one_of(
    _mutations(),
    TREES.map(lambda tree: _box(b"ftyp", b"isom" + bytes(4)) + tree),
    TREES.map(lambda tree: _box(b"moov", tree) + _box(b"mdat", bytes(16))),
)


def read_everything(data: bytes) -> int:
    """Inspect and plan a rewrite; the bytes that were read. Only our own errors may come out."""
    source = Source(io.BytesIO(data), len(data))
    try:
        movie = Movie.read(source)
        report(movie)
        layout = Layout(source, movie.boxes, Edits(), moov_first=True)
        assert layout.size <= 2 * len(data) + 64
    except HeliosError:
        pass
    return source.bytes_read


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(FILES)
def test_no_input_crashes_the_parser_or_makes_it_read_without_bound(data: bytes) -> None:
    assert read_everything(data) <= 40 * len(data) + 4096


FRACTIONS = st.integers(0, 499).map(lambda n: Fraction(n, 1000))
METADATA = st.builds(
    SphericalMetadata,
    stereo=st.sampled_from(list(StereoLayout)),
    view=st.builds(
        InitialView,
        yaw_deg=st.floats(-180, 180),
        pitch_deg=st.floats(-90, 90),
        roll_deg=st.floats(-180, 180),
    ),
    bounds=st.builds(CropBounds, top=FRACTIONS, bottom=FRACTIONS, left=FRACTIONS, right=FRACTIONS),
    software=st.text(
        st.characters(min_codepoint=32, exclude_characters="<>&", exclude_categories=["Cs"]),
        max_size=60,
    ),
)


@given(METADATA)
def test_version_2_says_what_was_written(metadata: SphericalMetadata) -> None:
    data = write_v2(metadata)
    st3d = None
    if metadata.stereo is not StereoLayout.MONO:
        st3d, data = data[8:13], data[13:]
    parts = {}
    for kind in (b"svhd", b"prhd", b"equi"):
        place = data.rindex(kind)
        size = int.from_bytes(data[place - 4 : place], "big")
        parts[kind] = data[place + 4 : place - 4 + size]
    found = read_v2(st3d, parts[b"svhd"], parts[b"prhd"], parts[b"equi"])
    assert found.means(metadata)
    assert abs(found.view.yaw_deg - metadata.view.yaw_deg) <= 1 / 65536


@given(METADATA)
def test_version_1_says_what_was_written(metadata: SphericalMetadata) -> None:
    found = read_v1(write_v1(metadata, 8192, 8192)[24:])
    assert found.means(metadata)


def test_half_a_turn_left_is_half_a_turn_right() -> None:
    left, right, ahead = (
        SphericalMetadata(view=InitialView(yaw_deg=yaw)) for yaw in (-180, 180, 0)
    )
    assert left.means(right)
    assert not left.means(ahead)


def test_a_name_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(MetadataError, match="plain text"):
        SphericalMetadata(software="a\ud800b")


def test_a_file_of_millions_of_tiny_boxes_is_no_film() -> None:
    film = _box(b"ftyp", b"isom") + _box(b"free", b"") * 60_000 + _box(b"moov", b"")
    with pytest.raises(MetadataError, match="more than 50000 boxes"):
        Movie.read(Source(io.BytesIO(film), len(film)))
