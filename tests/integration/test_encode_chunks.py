"""Chunks by the real encoders: what goes in comes out, in order, on time and always the same."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.films import HEIGHT, WIDTH, encode, numbered, rgb, settings, shown, stamps

from helios.encode.encoder import QUEUE_FRAMES, ChunkEncoder
from helios.encode.stream import check_encoder
from helios.errors import DiskFull, EncodeError, EnvironmentProblem, OutputNotWritable
from helios.media.probe import probe
from helios.model.picture import Alpha, Picture, PixelFormat

CODECS = [
    ("libx264", "mp4", "yuv420p", "High", "avc1"),
    ("libx264", "mp4", "yuv420p10le", "High 10", "avc1"),
    ("libx265", "mp4", "yuv420p", "Main", "hvc1"),
    ("libx265", "mp4", "yuv420p10le", "Main 10", "hvc1"),
    ("libsvtav1", "mp4", "yuv420p", "Main", "av01"),
    ("libsvtav1", "mp4", "yuv420p10le", "Main", "av01"),
    ("libvpx-vp9", "webm", "yuv420p", "Profile 0", ""),
    ("libvpx", "webm", "yuv420p", "", ""),
    ("prores_ks", "mov", "yuv422p10le", "HQ", "apch"),
    ("ffv1", "mkv", "yuv420p", "", ""),
]


@pytest.mark.parametrize(("codec", "container", "pixel_format", "profile", "tag"), CODECS)
def test_every_codec_shows_each_frame_at_its_time(
    tmp_path: Path, codec: str, container: str, pixel_format: str, profile: str, tag: str
) -> None:
    encoding = settings(container, video_codec=codec, pixel_format=pixel_format)
    path = encode(tmp_path / "chunk", encoding, range(40))
    assert shown(path) == list(range(40))
    tolerance = 0 if encoding.container in ("mov", "mp4") else Fraction(1, 2000)
    for number, stamp in enumerate(stamps(path)):
        assert abs(stamp - Fraction(number, 30)) <= tolerance
    video = probe(path).video
    assert video is not None
    assert (video.fps, video.first_pts, video.frame_count) == (30, 0, 40)
    assert (video.pixel_format, video.profile, video.codec_tag) == (pixel_format, profile, tag)
    colour = video.colour
    assert (colour.primaries, colour.transfer) == (1, 1)
    assert colour.matrix == (5 if codec == "libvpx" else 1)  # VP8 is BT.601 by its format
    assert not colour.is_full_range
    if not codec.startswith(("prores", "ffv1")):
        assert video.key_frames == (0, 15, 30)


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libsvtav1", "libvpx-vp9", "ffv1"])
def test_every_run_gives_the_same_bytes(tmp_path: Path, codec: str) -> None:
    container = {"libvpx-vp9": "webm", "ffv1": "mkv"}.get(codec, "mp4")
    encoding = settings(container, video_codec=codec)
    runs = {encode(tmp_path / "chunk", encoding, range(35)).read_bytes() for _ in range(6)}
    assert len(runs) == 1


def test_an_av1_bit_rate_gives_the_same_bytes_too(tmp_path: Path) -> None:
    encoding = settings(video_codec="av1", video_bitrate="400k")
    runs = {encode(tmp_path / str(n), encoding, range(60)).read_bytes() for n in range(3)}
    assert len(runs) == 1


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_tiny_chunks_start_at_zero(tmp_path: Path, codec: str, length: int) -> None:
    path = encode(tmp_path / "chunk", settings(video_codec=codec), range(length))
    assert shown(path) == list(range(length))
    assert stamps(path) == [Fraction(n, 30) for n in range(length)]


def test_fractional_rates_are_exact(tmp_path: Path) -> None:
    fps = Fraction(30_000, 1001)
    path = encode(tmp_path / "chunk", settings(fps=fps), range(10))
    assert stamps(path) == [n / fps for n in range(10)]


def test_more_than_one_slice_per_picture_is_not_made(tmp_path: Path) -> None:
    path = encode(tmp_path / "chunk", settings(threads=4), range(5))
    assert slices_per_picture(path) == {1}


def slices_per_picture(path: Path) -> set[int]:
    """How many H.264 slices (NAL units 1 and 5) each picture of an MP4 or MOV film has."""
    import av

    counts = set()
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            data, at, slices = bytes(packet), 0, 0
            while at < len(data):
                slices += data[at + 4] & 31 in (1, 5)
                at += 4 + int.from_bytes(data[at : at + 4], "big")
            counts |= {slices} if data else set()
    return counts


def test_a_buffer_may_be_used_again_at_once(tmp_path: Path) -> None:
    buffer = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    with ChunkEncoder(tmp_path / "chunk", settings()) as encoder:
        for number in range(20):
            buffer[:] = numbered(number)
            encoder.write(rgb(buffer, number))
        buffer[:] = 0
    assert shown(tmp_path / "chunk") == list(range(20))


def test_a_buffer_of_the_films_own_format_may_be_used_again_at_once(tmp_path: Path) -> None:
    buffer = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    encoding = settings("mkv", video_codec="ffv1", transparent=True)
    with ChunkEncoder(tmp_path / "chunk", encoding) as encoder:
        for number in range(20):
            buffer[..., :3] = numbered(number)
            encoder.write(replace(four(buffer, PixelFormat.BGRA), alpha=Alpha.STRAIGHT))
        buffer[:] = 0
    assert shown(tmp_path / "chunk") == list(range(20))


def test_a_finished_chunk_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[Path, int]] = []

    def noted(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append((path, path.stat().st_size))

    monkeypatch.setattr(os, "fsync", noted)
    with ChunkEncoder(tmp_path / "chunk", settings()) as encoder:
        encoder.write(rgb(numbered(1)))
        assert synced == []
    assert synced == [(tmp_path / "chunk", (tmp_path / "chunk").stat().st_size)]


def test_bottom_up_rows_and_every_pixel_format_show_the_same(tmp_path: Path) -> None:
    pixels = numbered(37)
    bgra = np.dstack([pixels[..., ::-1], np.full((HEIGHT, WIDTH), 255, np.uint8)])
    upside_down = np.ascontiguousarray(bgra[::-1])
    pictures = [
        rgb(pixels),
        four(bgra, PixelFormat.BGRA),
        four(upside_down[::-1], PixelFormat.BGRA),
        four(np.ascontiguousarray(bgra[..., [2, 1, 0, 3]]), PixelFormat.RGBA),
        rgb(np.dstack([pixels, pixels])[..., :3]),
    ]
    with ChunkEncoder(tmp_path / "chunk", settings("mkv", video_codec="ffv1")) as encoder:
        for picture in pictures:
            encoder.write(picture)
    from helios.media.pictures import decode_pictures

    for picture in decode_pictures(tmp_path / "chunk"):
        np.testing.assert_array_equal(picture.planes[0], pixels)


def four(pixels: np.ndarray, kind: PixelFormat) -> Picture:
    return Picture(frame=0, width=WIDTH, height=HEIGHT, format=kind, planes=(pixels,))


def test_planes_that_fit_are_encoded_untouched(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    luma = rng.integers(16, 236, (HEIGHT, WIDTH), dtype=np.uint8)
    chroma = [rng.integers(16, 241, (HEIGHT // 2, WIDTH // 2), dtype=np.uint8) for _ in "uv"]
    planes = (luma, *chroma)
    picture = Picture(
        frame=0, width=WIDTH, height=HEIGHT, format=PixelFormat.YUV420P, planes=planes
    )
    encoding = settings("mkv", video_codec="ffv1", pixel_format="yuv420p")
    with ChunkEncoder(tmp_path / "chunk", encoding) as encoder:
        encoder.write(picture)
    for plane, expected in zip(decoded_planes(tmp_path / "chunk"), planes, strict=True):
        np.testing.assert_array_equal(plane, expected)


def decoded_planes(path: Path) -> list[np.ndarray]:
    import av

    from helios.media.pictures import plane_view

    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        return [plane_view(frame, index).copy() for index in range(3)]


def test_eight_bit_planes_become_ten_bits_exactly(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(16, 176, dtype=np.uint8), (HEIGHT, 1))
    half = np.full((HEIGHT // 2, WIDTH // 2), 90, np.uint8)
    picture = Picture(
        frame=0, width=WIDTH, height=HEIGHT, format=PixelFormat.YUV420P, planes=(ramp, half, half)
    )
    encoding = settings("mkv", video_codec="ffv1", pixel_format="yuv420p10le")
    with ChunkEncoder(tmp_path / "chunk", encoding) as encoder:
        encoder.write(picture)
    luma, blue, _ = decoded_planes(tmp_path / "chunk")
    np.testing.assert_array_equal(luma, ramp.astype(np.uint16) * 4)
    assert set(blue.flat) == {360}


def test_a_picture_of_another_size_is_refused_by_number(tmp_path: Path) -> None:
    wrong = np.zeros((HEIGHT, WIDTH + 2, 3), np.uint8)
    with (
        pytest.raises(EncodeError, match="frame 7 is 162x96, not 160x96"),
        ChunkEncoder(tmp_path / "chunk", settings()) as encoder,
    ):
        encoder.write(rgb(wrong, 7))
    assert list(tmp_path.iterdir()) == []


def test_abort_leaves_nothing_and_no_thread(tmp_path: Path) -> None:
    encoder = ChunkEncoder(tmp_path / "chunk", settings())
    for number in range(10):
        encoder.write(rgb(numbered(number)))
    encoder.abort()
    encoder.abort()
    assert list(tmp_path.iterdir()) == []
    assert not [t for t in threading.enumerate() if t.name == "helios-encoder"]


def test_an_interrupt_while_finishing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = ChunkEncoder(tmp_path / "chunk", settings())
    for number in range(10):
        encoder.write(rgb(numbered(number)))
    real, calls = encoder._thread.join, iter([KeyboardInterrupt()])

    def join() -> None:
        for error in calls:
            raise error
        real()

    monkeypatch.setattr(encoder._thread, "join", join)
    with pytest.raises(KeyboardInterrupt):
        encoder.finish()
    assert list(tmp_path.iterdir()) == []
    assert not encoder._thread.is_alive()


def test_a_chunk_without_frames_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="no frames"), ChunkEncoder(tmp_path / "c", settings()):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("waiting", [QUEUE_FRAMES, 1])
def test_frames_wait_in_a_short_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: int
) -> None:
    if waiting == 1:
        monkeypatch.setattr("helios.model.encoding._LARGE_PIXELS", 0)
    encoder = ChunkEncoder(tmp_path / "chunk", settings())
    go_on = threading.Event()
    real = encoder._mux
    monkeypatch.setattr(encoder, "_mux", lambda packets: (go_on.wait(20), real(packets)))
    writer = threading.Thread(
        target=lambda: [encoder.write(rgb(numbered(n))) for n in range(50)], daemon=True
    )
    writer.start()
    writer.join(0.5)
    assert writer.is_alive()
    # One frame is in the encoder, one is being handed over.
    assert encoder.frame_count == waiting + 2
    go_on.set()
    writer.join(20)
    encoder.finish()
    assert shown(tmp_path / "chunk") == list(range(50))


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Files of this process cannot grow beyond ``size``, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)

    def encode_noise() -> None:
        with ChunkEncoder(tmp_path / "chunk", settings(quality=4)) as encoder:
            for number in range(200):
                encoder.write(rgb(noise, number))

    with file_size_limit(200_000), pytest.raises(DiskFull, match="no space left") as caught:
        encode_noise()
    assert caught.value.exit_code == 3
    # The queue's page says the same, to people who type no options.
    assert caught.value.hint == "Free some space there, or choose another disk."
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputNotWritable, match="cannot write"):
        ChunkEncoder(tmp_path / "missing" / "chunk", settings())


def test_hardware_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(EnvironmentProblem, match=r"hevc_nvenc.* NVIDIA GPU with NVENC") as caught:
        check_encoder(settings(encoding_preset="h265-nvenc"))
    assert "h265-quality" in caught.value.hint


def test_every_software_encoder_opens() -> None:
    for codec in ("libx264", "libx265", "libsvtav1", "libvpx-vp9", "libvpx", "prores_ks", "ffv1"):
        container = {"libvpx-vp9": "webm", "libvpx": "webm", "prores_ks": "mov", "ffv1": "mkv"}
        check_encoder(settings(container.get(codec, "mp4"), video_codec=codec))


@pytest.mark.parametrize("size", [(4096, 4096), (7680, 4320), (8192, 8192), (16_384, 8192)])
def test_ffv1_takes_the_largest_types(size: tuple[int, int]) -> None:
    width, height = size
    check_encoder(settings("mkv", video_codec="ffv1", width=width, height=height))


def test_a_name_with_everything_in_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "- ü \"q\" 'x' %d a:b.mov"
    assert shown(encode(path, settings(), range(3))) == [0, 1, 2]
