"""What probe tells about files, against files we know."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from tests.films import encode, encode_parts, settings

from helios.errors import DecodeError
from helios.media.pictures import decode_pictures
from helios.media.probe import _Count, is_faststart, probe
from helios.merge.join import join_parts
from helios.model.encoding import SoundSettings


def test_a_film_is_described(tmp_path: Path) -> None:
    fps = Fraction(30_000, 1001)
    parts = encode_parts(tmp_path, settings(fps=fps), [20, 20])
    sound = np.zeros((64_064, 2), np.float32)
    join_parts(
        parts,
        tmp_path / "film.mp4",
        sound=[sound],
        sound_samples=64_064,
        sound_settings=SoundSettings(encoder="aac", bitrate_bps=192_000),
    )
    info = probe(tmp_path / "film.mp4")
    assert "mp4" in info.container
    assert info.size_bytes == (tmp_path / "film.mp4").stat().st_size
    assert info.is_faststart
    video, audio = info.video, info.audio
    assert video is not None
    assert audio is not None
    assert (video.codec, video.profile, video.width, video.height) == ("h264", "High", 160, 96)
    assert (video.fps, video.frame_count, video.duration_s) == (fps, 40, 40 / fps)
    assert video.key_frames == (0, 15, 20, 35)
    assert not video.has_alpha
    assert (audio.codec, audio.sample_rate, audio.channels) == ("aac", 48_000, 2)
    assert (audio.first_sample, audio.sample_count) == (-1024, 64_064)


def test_a_film_without_sound_has_none(tmp_path: Path) -> None:
    assert probe(encode(tmp_path / "a.mov", settings(), range(3))).audio is None


@pytest.mark.parametrize("content", [b"", b"not a film at all" * 99])
def test_what_is_no_film_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(DecodeError, match=r"cannot read .*film\.mp4"):
        probe(path)
    with pytest.raises(DecodeError, match=r"film\.mp4"):
        list(decode_pictures(path))


def test_a_missing_film_is_said(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="No such file"):
        probe(tmp_path / "film.mp4")


def box(name: bytes, size: int, *, wide: bool = False) -> bytes:
    if wide:
        return struct.pack(">I4sQ", 1, name, size + 16) + bytes(size)
    return struct.pack(">I4s", size + 8, name) + bytes(size)


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        (box(b"ftyp", 8) + box(b"moov", 4) + box(b"mdat", 9), True),
        (box(b"ftyp", 8) + box(b"free", 4, wide=True) + box(b"mdat", 9) + box(b"moov", 4), False),
        (box(b"ftyp", 8) + box(b"free", 4, wide=True) + box(b"moov", 4) + box(b"mdat", 9), True),
        (box(b"ftyp", 8) + struct.pack(">I4s", 0, b"mdat") + bytes(50), False),
        (b"", False),
        (b"\0\0", False),
    ],
)
def test_the_order_of_boxes_is_read(tmp_path: Path, boxes: bytes, expected: bool) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(boxes)
    assert is_faststart(path) is expected


@pytest.mark.parametrize(("name", "is_full"), [("yuvj420p", True), ("yuv420p", False)])
def test_the_range_of_colours_is_read(tmp_path: Path, name: str, is_full: bool) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        codec = "mjpeg" if is_full else "mpeg4"
        stream: Any = container.add_stream(codec, rate=30, width=32, height=32, pix_fmt=name)
        stream.codec_context.color_range = 2 if is_full else 1
        frame = av.VideoFrame(32, 32, name)
        container.mux([*stream.encode(frame), *stream.encode(None)])
    video = probe(path).video
    assert video is not None
    assert video.colour.is_full_range is is_full


def test_a_film_begins_with_the_picture_that_is_shown_first() -> None:
    count = _Count(keys=[])
    for pts, is_key in ((2, True), (0, False), (1, False), (5, False)):
        packet = SimpleNamespace(pts=pts, duration=1, is_keyframe=is_key)
        count.add(packet)  # type: ignore[arg-type]
    assert (count.first_pts, count.end, count.packets, count.keys) == (0, 6, 4, [0])
