"""Sound is encoded once: in sync at every chunk border and exact to the sample."""

from __future__ import annotations

import os
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.container import InputContainer
from numpy.typing import NDArray
from tests.films import HEIGHT, WIDTH, encode_parts, rgb, settings, sound_of, stamps

from helios.encode.encoder import ChunkEncoder
from helios.errors import EncodeError
from helios.media.containers import open_container
from helios.media.pictures import decode_pictures
from helios.media.probe import probe
from helios.merge.join import JoinResult, join_parts
from helios.merge.part_sound import part_sound
from helios.merge.parts import Part, read_headers
from helios.model.encoding import SoundSettings
from helios.model.options import RenderOptions
from helios.model.timebase import sample_index
from helios.planning.encoding import resolve_sound
from helios.rendering.merge import merge_files

RATE = 48_000
LENGTHS = [31, 1, 30, 29, 44]
BORDERS = [0, 31, 62, 91]
FLASHES = sorted([*BORDERS, 7, 45, 77, 120])


def sound_settings(container: str, codec: str | None) -> SoundSettings:
    return resolve_sound(RenderOptions(audio_codec=codec), container)


def flashing_parts(folder: Path, container: str, fps: Fraction) -> list[Part]:
    """Black parts with a white frame at each of FLASHES."""
    parts, start = [], 0
    encoding = settings(container, fps)
    for index, length in enumerate(LENGTHS):
        path = folder / f"{index}.{encoding.container}"
        with ChunkEncoder(path, encoding) as encoder:
            for frame in range(start, start + length):
                level = 255 if frame in FLASHES else 0
                encoder.write(rgb(np.full((HEIGHT, WIDTH, 3), level, np.uint8), frame))
        parts.append(Part(path, start, length))
        start += length
    return parts


def clicks(fps: Fraction, total: int) -> NDArray[np.float32]:
    """(n, 2) silence with a click where each of FLASHES begins."""
    sound = np.zeros((sample_index(total, fps, RATE), 2), np.float32)
    for frame in FLASHES:
        sound[sample_index(frame, fps, RATE)] = 0.9
    return sound


def click_times(sound: NDArray[np.float32], fps: Fraction) -> list[float]:
    """Where each click is loudest, looked for within half a frame."""
    reach = int(RATE / fps / 2)
    level = np.abs(sound).max(axis=1)
    times = []
    for frame in FLASHES:
        middle = sample_index(frame, fps, RATE)
        low = max(0, middle - reach)
        times.append((low + int(level[low : middle + reach].argmax())) / RATE)
    return times


FORMATS = [
    ("mp4", "aac"),
    ("mov", "pcm_s16le"),
    ("mov", "pcm_s24le"),
    ("mp4", "flac"),
    ("mkv", "flac"),
    ("mov", "alac"),
    ("mp4", "opus"),
    ("webm", "opus"),
    ("mkv", "aac"),
    ("mp4", "mp3"),
]


@pytest.mark.parametrize("fps", [Fraction(30), Fraction(30_000, 1001), Fraction(60)], ids=str)
@pytest.mark.parametrize(("container", "codec"), FORMATS)
def test_clicks_and_flashes_meet(tmp_path: Path, container: str, codec: str, fps: Fraction) -> None:
    parts = flashing_parts(tmp_path, container, fps)
    sound = clicks(fps, sum(LENGTHS))
    result = join_parts(
        parts,
        tmp_path / f"film.{container}",
        fps=fps,
        sound=np.array_split(sound, 7),
        sound_samples=len(sound),
        sound_settings=sound_settings(container, codec),
    )
    white = [p.planes[0].mean() > 128 for p in decode_pictures(result.path)]
    flashes = [float(s) for s, is_white in zip(stamps(result.path), white, strict=True) if is_white]
    assert len(flashes) == 8
    heard = click_times(sound_of(result.path), fps)
    assert max(abs(h - f) for h, f in zip(heard, flashes, strict=True)) < 0.001
    assert result.sound_samples == len(sound)


def noise(samples: int) -> NDArray[np.float32]:
    values = np.random.default_rng(9).normal(scale=0.2, size=(samples, 2))
    return (np.rint(values * 32768).clip(-32768, 32767) / 32768).astype(np.float32)


def joined(folder: Path, container: str, codec: str, fps: Fraction, frames: int) -> JoinResult:
    parts = encode_parts(folder, settings(container, fps), [frames // 2, frames - frames // 2])
    count = sample_index(frames, fps, RATE)
    return join_parts(
        parts,
        folder / f"film.{container}",
        sound=np.array_split(noise(count), 1 + count // 20_000),
        sound_samples=count,
        sound_settings=sound_settings(container, codec),
    )


@pytest.mark.parametrize("fps", [Fraction(30), Fraction(30_000, 1001), Fraction(60)], ids=str)
@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp4", "aac"), ("mov", "pcm_s16le"), ("mp4", "flac"), ("mov", "alac")],
)
def test_the_container_counts_every_sample(
    tmp_path: Path, container: str, codec: str, fps: Fraction
) -> None:
    result = joined(tmp_path, container, codec, fps, 47)
    audio = probe(result.path).audio
    assert audio is not None
    assert audio.sample_count == sample_index(47, fps, RATE)
    assert audio.first_sample in (0, -1024)


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mov", "pcm_s16le"), ("mp4", "flac"), ("mkv", "flac"), ("mov", "alac"), ("mov", "pcm_s24le")],
)
def test_lossless_sound_comes_back_bit_by_bit(tmp_path: Path, container: str, codec: str) -> None:
    result = joined(tmp_path, container, codec, Fraction(30_000, 1001), 47)
    expected = noise(sample_index(47, Fraction(30_000, 1001), RATE))
    np.testing.assert_array_equal(sound_of(result.path), expected)


def test_webm_cuts_opus_to_the_sample(tmp_path: Path) -> None:
    result = joined(tmp_path, "webm", "opus", Fraction(30), 47)
    assert len(sound_of(result.path)) == sample_index(47, Fraction(30), RATE)


@pytest.mark.parametrize(("container", "codec"), [("mp4", "aac"), ("mp4", "mp3"), ("mkv", "aac")])
def test_a_lossy_tail_is_less_than_one_packet(tmp_path: Path, container: str, codec: str) -> None:
    result = joined(tmp_path, container, codec, Fraction(30), 47)
    excess = len(sound_of(result.path)) - sample_index(47, Fraction(30), RATE)
    assert 0 <= excess < 1152


@pytest.mark.parametrize("given", [0, 1000, 500_000])
def test_short_sound_is_silent_and_long_sound_is_cut(tmp_path: Path, given: int) -> None:
    parts = encode_parts(tmp_path, settings(), [30])
    sound = np.full((given, 2), 0.5, np.float32)
    result = join_parts(
        parts,
        tmp_path / "film.mov",
        sound=[sound],
        sound_samples=48_000,
        sound_settings=SoundSettings(encoder="pcm_s16le"),
    )
    heard = sound_of(result.path)
    assert len(heard) == 48_000
    assert np.all(heard[:given] == 0.5)
    assert np.all(heard[given:] == 0)


def test_loud_samples_are_clipped_not_wrapped(tmp_path: Path) -> None:
    parts = encode_parts(tmp_path, settings(), [3])
    sound = np.tile(np.array([[1.5, -1.5]], np.float32), (4800, 1))
    result = join_parts(
        parts,
        tmp_path / "film.mov",
        sound=[sound],
        sound_samples=4800,
        sound_settings=SoundSettings(encoder="pcm_s16le"),
    )
    np.testing.assert_allclose(sound_of(result.path)[0], [32767 / 32768, -1])


def test_sound_of_another_shape_is_refused(tmp_path: Path) -> None:
    parts = encode_parts(tmp_path, settings(), [3])
    with pytest.raises(EncodeError, match=r"blocks of shape \(n, 2\), not \(4800, 1\)"):
        join_parts(
            parts,
            tmp_path / "film.mp4",
            sound=[np.zeros((4800, 1), np.float32)],
            sound_samples=4800,
        )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["part_0.mov"]


@pytest.mark.parametrize(
    ("container", "codec"), [("mp4", "aac"), ("mkv", "flac"), ("webm", "opus")]
)
def test_the_same_film_twice_has_the_same_bytes(tmp_path: Path, container: str, codec: str) -> None:
    first = joined(tmp_path, container, codec, Fraction(30), 40).path.read_bytes()
    assert joined(tmp_path, container, codec, Fraction(30), 40).path.read_bytes() == first


def test_sound_and_pictures_are_interleaved(tmp_path: Path) -> None:
    """Also in a film that is longer than what a writer keeps back to sort it."""
    result = joined(tmp_path, "mp4", "aac", Fraction(30), 600)
    with av.open(os.fspath(result.path)) as container:
        order = sorted(
            (p.pos or 0, p.stream.type, float((p.dts or 0) * p.time_base))
            for p in container.demux()
            if p.size
        )
    latest = {"video": 0.0, "audio": 0.0}
    for _, kind, time in order:
        latest[kind] = time
        assert abs(latest["video"] - latest["audio"]) < 1.0


def parts_with_sound(folder: Path, fps: Fraction, lengths: list[int]) -> list[Part]:
    """Foreign parts: each with its own stretch of one noise as 16-bit PCM."""
    whole = noise(sample_index(sum(lengths), fps, RATE))
    silent = encode_parts(folder, settings(fps=fps), lengths)
    parts = []
    for part in silent:
        assert part.start_frame is not None
        assert part.frame_count is not None
        start = sample_index(part.start_frame, fps, RATE)
        end = sample_index(part.start_frame + part.frame_count, fps, RATE)
        path = folder / f"with_sound_{part.start_frame}.mov"
        join_parts(
            [part],
            path,
            sound=[whole[start:end]],
            sound_samples=end - start,
            sound_settings=SoundSettings(encoder="pcm_s16le"),
        )
        parts.append(Part(path))
    return parts


@pytest.mark.parametrize("fps", [Fraction(30), Fraction(30_000, 1001)], ids=str)
@pytest.mark.parametrize("lengths", [[10, 7, 1, 33], [4, 4], [4, 4, 4, 4]], ids=str)
def test_sound_inside_the_parts_is_joined_sample_by_sample(
    tmp_path: Path, fps: Fraction, lengths: list[int]
) -> None:
    parts = parts_with_sound(tmp_path, fps, lengths)
    assert all(header.has_sound for header in read_headers(parts, None))
    count = sample_index(sum(lengths), fps, RATE)
    result = join_parts(
        parts,
        tmp_path / "film.mov",
        sound=part_sound(parts, fps),
        sound_samples=count,
        sound_settings=SoundSettings(encoder="pcm_s16le"),
    )
    np.testing.assert_array_equal(sound_of(result.path), noise(count))


def test_pictures_of_parts_are_not_looked_into_to_be_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With decoders a part takes thirty times as long to open; a film may have thousands."""
    parts = encode_parts(tmp_path, settings(), [2] * 8)
    looked_into: list[Path] = []

    def counted(path: Path, options: dict[str, str] | None = None) -> InputContainer:
        if options is None:
            looked_into.append(path)
        return open_container(path, options)

    monkeypatch.setattr("helios.merge.parts.open_container", counted)
    result = merge_files(tmp_path / "film.mp4", [part.path for part in parts], RenderOptions())
    assert result.frame_count == 16
    assert {*looked_into} == {parts[0].path}


def test_a_silent_part_among_others_is_silent(tmp_path: Path) -> None:
    loud = parts_with_sound(tmp_path, Fraction(30), [10])[0]
    (tmp_path / "quiet").mkdir()
    quiet = encode_parts(tmp_path / "quiet", settings(), [10])[0]
    assert not read_headers([quiet], None)[0].has_sound
    heard = np.concatenate(list(part_sound([quiet, loud], Fraction(30))))
    assert len(heard) == 32_000
    assert np.all(heard[:16_000] == 0)
    np.testing.assert_array_equal(heard[16_000:], noise(16_000))


def placed_part(folder: Path, late_s: Fraction, blocks: dict[int, NDArray[np.float32]]) -> Part:
    """Ten pictures that begin at ``late_s``, and sound whose blocks begin at these samples."""
    source = encode_parts(folder, settings(), [10])[0]
    path = folder / "placed.mkv"
    with av.open(os.fspath(source.path)) as before, av.open(os.fspath(path), "w") as after:
        stream = after.add_stream_from_template(before.streams.video[0], opaque=True)
        sound = after.add_stream("pcm_s16le", rate=RATE, layout="stereo")
        for packet in before.demux(video=0):
            if packet.size:
                moved = round(late_s / Fraction(packet.time_base or 1))
                packet.stream = stream
                packet.pts, packet.dts = (packet.pts or 0) + moved, (packet.dts or 0) + moved
                after.mux(packet)
        for start, block in blocks.items():
            values = np.rint(block * 32768).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(values, "s16", "stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            after.mux(sound.encode(frame))
        after.mux(sound.encode(None))
    return Part(path, 0, 10)


def test_a_part_begins_with_its_first_picture_and_its_sound_too(tmp_path: Path) -> None:
    values = noise(RATE // 2)
    blocks = {start: values[start : start + 4800] for start in range(0, RATE // 2, 4800)}
    part = placed_part(tmp_path, Fraction(1, 10), blocks)
    heard = np.concatenate(list(part_sound([part], Fraction(30))))
    np.testing.assert_array_equal(heard, values[4800 : 4800 + 16_000])


def test_a_hole_in_the_sound_of_a_part_is_silent(tmp_path: Path) -> None:
    values = noise(9600)
    part = placed_part(tmp_path, Fraction(0), {0: values[:4800], 9600: values[4800:]})
    heard = np.concatenate(list(part_sound([part], Fraction(30))))
    expected = np.zeros((16_000, 2), np.float32)
    expected[:4800], expected[9600:14_400] = values[:4800], values[4800:]
    np.testing.assert_array_equal(heard, expected)


def test_the_film_is_as_long_as_its_sound_to_the_sample(tmp_path: Path) -> None:
    """Its own clock counts samples: a thousandth of a second would be too coarse."""
    result = joined(tmp_path, "mp4", "aac", Fraction(30), 47)
    data = result.path.read_bytes()
    at = data.index(b"mvhd") + 4
    timescale, duration = struct.unpack(">II", data[at + 12 : at + 20])
    assert Fraction(duration, timescale) == Fraction(47, 30)
