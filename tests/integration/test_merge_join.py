"""Parts become one film: copied packets on one grid, refused where they do not fit."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest
from tests.films import encode, encode_parts, numbered, rgb, settings, shown, stamps

from helios.encode.encoder import ChunkEncoder
from helios.encode.transcode import transcode
from helios.errors import (
    ChunkMismatch,
    ChunkMissing,
    DiskFull,
    EncodeError,
    MergeError,
    OutputNotWritable,
    UnknownFormatError,
)
from helios.media.probe import probe
from helios.merge.grid import OffGrid
from helios.merge.join import _check_packet, join_parts
from helios.merge.parts import Part, PartHeader, _compare

ODD = [1, 1, 2, 33, 63, 1, 39]
RATES = [Fraction(30), Fraction(30_000, 1001), Fraction(60), Fraction(25, 2)]


def packets(path: Path) -> list[tuple[int, int, int]]:
    """(pts, dts, duration) of the film's video packets, in its own units."""
    with av.open(os.fspath(path)) as container:
        found = container.demux(video=0)
        return [(p.pts or 0, p.dts or 0, p.duration or 0) for p in found if p.size]


@pytest.mark.parametrize("fps", RATES, ids=str)
@pytest.mark.parametrize(
    ("codec", "film"),
    [
        ("h264", "mp4"),
        ("hevc", "mp4"),
        ("hevc", "mkv"),
        ("av1", "mp4"),
        ("vp9", "mp4"),
        ("prores", "mov"),
    ],
)
def test_odd_parts_join_exactly(tmp_path: Path, codec: str, film: str, fps: Fraction) -> None:
    container = "webm" if codec == "vp9" else film
    preset = {"hevc": "ultrafast", "av1": "9", "vp9": "8"}.get(codec)
    encoding = settings(container, fps, video_codec=codec, preset=preset)
    parts = encode_parts(tmp_path, encoding, ODD)
    heard: list[int] = []
    result = join_parts(parts, tmp_path / f"film.{film}", fps=fps, on_packet=heard.append)
    total = sum(ODD)
    assert (result.frame_count, result.fps, result.duration_s) == (total, fps, total / fps)
    assert heard == list(range(1, total + 1))
    assert shown(result.path) == list(range(total))
    if film == "mkv":
        assert all(abs(s - n / fps) < Fraction(1, 1000) for n, s in enumerate(stamps(result.path)))
        return
    assert stamps(result.path) == [n / fps for n in range(total)]
    video = probe(result.path).video
    assert video is not None
    assert (video.fps, video.first_pts, video.duration_s) == (fps, 0, total / fps)
    found = packets(result.path)
    (step,) = {duration for _, _, duration in found}
    assert {after[1] - before[1] for before, after in itertools.pairwise(found)} == {step}


@pytest.mark.parametrize(
    ("codec", "film"),
    [
        ("vp9", "webm"),
        ("vp8", "webm"),
        ("ffv1", "mkv"),
        ("av1", "webm"),
        ("h264", "mkv"),
        ("h264", "mov"),
    ],
)
def test_other_containers_hold_the_same_frames(tmp_path: Path, codec: str, film: str) -> None:
    parts = encode_parts(tmp_path, settings(film, video_codec=codec), [5, 17, 1])
    result = join_parts(parts, tmp_path / f"film.{film}")
    assert shown(result.path) == list(range(23))
    assert (result.fps, result.frame_count) == (30, 23)


def test_hevc_is_tagged_for_apple(tmp_path: Path) -> None:
    encoding = settings(video_codec="hevc", preset="ultrafast")
    result = join_parts(encode_parts(tmp_path, encoding, [3, 3]), tmp_path / "film.mp4")
    video = probe(result.path).video
    assert video is not None
    assert video.codec_tag == "hvc1"


def test_a_vp9_film_keeps_its_alpha(tmp_path: Path) -> None:
    encoding = settings("webm", video_codec="vp9", pixel_format="yuva420p")
    result = join_parts(encode_parts(tmp_path, encoding, [4, 9]), tmp_path / "film.webm")
    video = probe(result.path).video
    assert video is not None
    assert video.has_alpha
    assert shown(result.path) == list(range(13))


@pytest.mark.parametrize("suffix", ["mp4", "mov", "m4v"])
def test_the_index_comes_first(tmp_path: Path, suffix: str) -> None:
    parts = encode_parts(tmp_path, settings(), [20, 20])
    assert not probe(parts[0].path).is_faststart
    assert probe(join_parts(parts, tmp_path / f"film.{suffix}").path).is_faststart


def test_one_and_two_workers_give_the_same_film(tmp_path: Path) -> None:
    encoding = settings(fps=Fraction(30_000, 1001))

    def film(workers: int) -> bytes:
        folder = tmp_path / str(workers)
        folder.mkdir()
        with ThreadPoolExecutor(workers) as pool:
            list(
                pool.map(
                    lambda n: encode(folder / f"{n}.mov", encoding, range(n * 20, n * 20 + 20)),
                    range(4),
                )
            )
        parts = [Part(folder / f"{n}.mov") for n in range(4)]
        return join_parts(parts, folder / "film.mp4").path.read_bytes()

    assert film(1) == film(2)


def test_a_film_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "film ü.mp4"
    parts = encode_parts(tmp_path, settings(), [3])
    join_parts(parts, target)
    join_parts(encode_parts(tmp_path, settings(), [7]), target)
    assert shown(target) == list(range(7))
    assert list(target.parent.iterdir()) == [target]
    assert target.stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


Change = Callable[[Path], Part]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"width": 320}, "width differs .320, not 160"),
        ({"fps": Fraction(25)}, "frame rate differs .25, not 30"),
        ({"pixel_format": "yuv444p"}, "pixel format differs .yuv444p, not yuv420p"),
        ({"video_codec": "hevc"}, "codec differs .hevc, not h264"),
        ({"preset": "ultrafast"}, "profile differs"),
        ({"preset": "slow"}, "encoder headers differ"),
    ],
)
def test_a_part_that_does_not_fit_is_named(
    tmp_path: Path, options: dict[str, object], says: str
) -> None:
    first = encode_parts(tmp_path, settings(), [5])[0]
    width = int(str(options.get("width", 160)))
    other = tmp_path / "other.mov"
    with ChunkEncoder(other, settings(**options)) as encoder:
        for number in range(5):
            encoder.write(rgb(numbered(number)[:, [*range(160)] * (width // 160)]))
    with pytest.raises(ChunkMismatch, match=f"part other.mov does not fit part_0.mov.*{says}"):
        join_parts([first, Part(other)], tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()
    assert no_remains(tmp_path)


def no_remains(folder: Path) -> bool:
    return not [p for p in folder.iterdir() if p.name.startswith(".helios")]


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    parts = [*encode_parts(tmp_path, settings(), [3]), Part(tmp_path / "part_1.mov")]
    with pytest.raises(ChunkMissing, match=r"part_1\.mov is missing"):
        join_parts(parts, tmp_path / "film.mp4")


def test_a_part_with_too_few_frames_is_named(tmp_path: Path) -> None:
    parts = encode_parts(tmp_path, settings(), [5, 6])
    short = Part(parts[1].path, 5, 7)
    with pytest.raises(ChunkMismatch, match=r"part_1\.mov has 6 frames, not 7"):
        join_parts([parts[0], short], tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()
    assert no_remains(tmp_path)


def test_parts_out_of_order_are_refused(tmp_path: Path) -> None:
    first, second, third = encode_parts(tmp_path, settings(), [5, 6, 7])
    with pytest.raises(ChunkMismatch, match=r"part_2\.mov starts at frame 11"):
        join_parts([first, third, second], tmp_path / "film.mp4")


def test_a_cut_off_part_is_refused(tmp_path: Path) -> None:
    part = encode_parts(tmp_path, settings(), [30])[0]
    part.path.write_bytes(part.path.read_bytes()[:-400])
    with pytest.raises(MergeError, match=r"part_0\.mov"):
        join_parts([part], tmp_path / "film.mp4")


def test_a_film_cut_off_behind_its_index_is_refused(tmp_path: Path) -> None:
    film = join_parts(encode_parts(tmp_path, settings(), [90]), tmp_path / "part.mp4").path
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    with pytest.raises(MergeError, match=r"part\.mp4"):
        join_parts([Part(film)], tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()


def test_films_can_be_joined_again(tmp_path: Path) -> None:
    films = []
    for name, length in (("a", 8), ("b", 21)):
        (tmp_path / name).mkdir()
        parts = encode_parts(tmp_path / name, settings(), [length - 3, 3])
        films.append(Part(join_parts(parts, tmp_path / f"{name}.mp4").path))
    result = join_parts(films, tmp_path / "both.mp4")
    assert shown(result.path) == [*range(8), *range(21)]
    assert stamps(result.path) == [Fraction(n, 30) for n in range(29)]


def test_parts_with_a_varying_rate_are_refused_and_can_be_encoded_anew(tmp_path: Path) -> None:
    source = encode(tmp_path / "even.mov", settings(), range(12))
    uneven = tmp_path / "uneven.mov"
    with av.open(os.fspath(source)) as before, av.open(os.fspath(uneven), "w") as after:
        stream = after.add_stream_from_template(before.streams.video[0], opaque=True)
        for packet in before.demux(video=0):
            if packet.size:
                packet.stream = stream
                packet.pts = (packet.pts or 0) + (packet.pts or 0) // 3
                packet.dts = (packet.dts or 0) + (packet.dts or 0) // 3 - 400
                after.mux(packet)
    with pytest.raises(ChunkMismatch, match=r"uneven\.mov cannot be joined") as caught:
        join_parts([Part(uneven)], tmp_path / "film.mp4", fps=Fraction(30))
    assert "--video-codec" in caught.value.hint
    transcode([uneven], tmp_path / "even.mov", settings())
    # Twelve frames over sixteen: every third is shown twice.
    numbers = shown(tmp_path / "even.mov")
    assert sorted(set(numbers)) == list(range(12))
    assert len(numbers) == 16


def test_a_codec_that_the_container_cannot_hold_is_said(tmp_path: Path) -> None:
    parts = encode_parts(tmp_path, settings(), [3])
    with pytest.raises(UnknownFormatError, match=r"\.webm cannot hold h264"):
        join_parts(parts, tmp_path / "film.webm")
    assert no_remains(tmp_path)


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = encode_parts(tmp_path, settings(), [3])

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("helios.files.whole.sync_file", full)
    with pytest.raises(DiskFull, match=r"no space left for .*film\.mp4"):
        join_parts(parts, tmp_path / "film.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["part_0.mov"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    parts = encode_parts(tmp_path, settings(), [3])
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputNotWritable, match="cannot write"):
        join_parts(parts, tmp_path / "file" / "film.mp4")


def test_an_interrupted_join_keeps_the_old_film(tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    join_parts(encode_parts(tmp_path, settings(), [4]), target)

    def interrupt(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        join_parts(encode_parts(tmp_path, settings(), [9]), target, on_packet=interrupt)
    assert shown(target) == list(range(4))
    assert no_remains(tmp_path)


def test_transcoding_keeps_every_frame(tmp_path: Path) -> None:
    parts = encode_parts(tmp_path, settings(), [9, 14])
    counts: list[int] = []
    encoding = settings(video_codec="hevc", preset="ultrafast")
    written = transcode([p.path for p in parts], tmp_path / "x.mov", encoding, counts.append)
    assert written == 23
    assert counts == list(range(1, 24))
    assert shown(tmp_path / "x.mov") == list(range(23))


def test_transcoding_to_another_rate_keeps_the_time(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.mov", settings(), range(10))
    transcode([source], tmp_path / "b.mov", settings(fps=Fraction(60)))
    assert shown(tmp_path / "b.mov") == [n // 2 for n in range(20)]
    with pytest.raises(EncodeError, match="frame 0 is 160x96, not 320x96"):
        transcode([source], tmp_path / "c.mov", settings(width=320))
    assert not (tmp_path / "c.mov").exists()


def test_transcoding_begins_with_the_first_picture(tmp_path: Path) -> None:
    source, late = encode(tmp_path / "a.mov", settings(), range(6)), tmp_path / "late.mkv"
    with av.open(os.fspath(source)) as before, av.open(os.fspath(late), "w") as after:
        stream = after.add_stream_from_template(before.streams.video[0], opaque=True)
        for packet in before.demux(video=0):
            if packet.size:
                moved = round(Fraction(5, 30) / Fraction(packet.time_base or 1))
                packet.stream = stream
                packet.pts, packet.dts = (packet.pts or 0) + moved, (packet.dts or 0) + moved
                after.mux(packet)
    assert stamps(late)[0] > Fraction(1, 10)
    transcode([late, source], tmp_path / "b.mov", settings())
    assert shown(tmp_path / "b.mov") == [*range(6), *range(6)]


def test_a_part_may_lie_behind_a_link(tmp_path: Path) -> None:
    part = encode_parts(tmp_path, settings(), [3])[0]
    shutil.move(part.path, tmp_path / "real.mov")
    part.path.symlink_to(tmp_path / "real.mov")
    assert shown(join_parts([part], tmp_path / "film.mp4").path) == [0, 1, 2]


def test_parts_of_other_colours_are_refused() -> None:
    """Containers tell them where the encoder's headers do not."""
    header = PartHeader(
        codec="prores",
        profile="HQ",
        width=64,
        height=64,
        pixel_format="yuv422p10le",
        colour=(1, 1, 1, 1),
        fps=Fraction(30),
        extradata=b"",
        delay=0,
        frames=3,
        has_sound=False,
    )
    parts = Part(Path("a.mov")), Part(Path("b.mov"))
    _compare(parts[0], header, parts[1], header)
    with pytest.raises(ChunkMismatch, match=r"b\.mov does not fit a\.mov: its colour .*differs"):
        _compare(parts[0], header, parts[1], replace(header, colour=(1, 6, 1, 1)))


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"pts": None}, "no time stamp"),
        ({"is_discard": True}, "edit list"),
        ({"is_corrupt": True}, "damaged"),
        ({"is_keyframe": False}, "key frame"),
    ],
)
def test_a_frame_that_cannot_be_copied_is_named(odd: dict[str, Any], said: str) -> None:
    usual = {"pts": 0, "is_discard": False, "is_corrupt": False, "is_keyframe": True}
    packet: Any = SimpleNamespace(**usual)
    _check_packet(packet, is_first=True)
    packet = SimpleNamespace(**{**usual, **odd})
    with pytest.raises(OffGrid, match=said):
        _check_packet(packet, is_first=True)
