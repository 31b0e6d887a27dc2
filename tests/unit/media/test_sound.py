from __future__ import annotations

import io
import os
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.sounds import clicks, encoded, wav

from helios.errors import DecodeError, OptionError
from helios.media.ogg import ogg_links
from helios.media.sound import decode_sound, probe_sound


def whole(source: str | Path | bytes, **how: object) -> NDArray[np.float32]:
    return np.concatenate(list(decode_sound(source, **how)))  # type: ignore[arg-type]


FORMATS = [
    ("wav", "pcm_s16le", 44_100),
    ("wav", "pcm_u8", 44_100),
    ("flac", "flac", 44_100),
    ("mp3", "libmp3lame", 44_100),
    ("mp4", "aac", 44_100),
    ("ogg", "libopus", 48_000),
    ("webm", "libopus", 48_000),
    ("matroska", "pcm_s24le", 96_000),
]


@pytest.mark.parametrize(("container", "codec", "rate"), FORMATS)
def test_sample_zero_is_time_zero_in_every_format(container: str, codec: str, rate: int) -> None:
    tone = 0.05 * np.sin(np.arange(rate * 2) * 0.05)[:, None]
    heard = whole(encoded(clicks(2, rate, [1.0]) + tone, rate, container, codec))
    assert abs(int(np.argmax(np.abs(heard[:, 0]))) - rate) <= 1
    assert heard.shape[1] == 2
    assert len(heard) - 2 * rate in range(1024 if container == "webm" else 1)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000, 768_000])
def test_conversion_keeps_time_and_pitch(rate: int) -> None:
    tone = np.sin(2 * np.pi * 300 * np.arange(rate) / rate)
    heard = whole(wav(tone, rate), sample_rate=48_000, channels=2)
    expected = np.sin(2 * np.pi * 300 * np.arange(48_000) / 48_000)
    assert heard.shape == (48_000, 2)
    assert np.abs(heard[500:-500, 0] - expected[500:-500]).max() < 1e-4


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000])
@pytest.mark.parametrize("samples", [1, 997, 44_101])
def test_conversion_keeps_every_beginning_of_a_sample(rate: int, samples: int) -> None:
    heard = whole(wav(np.full(samples, 0.5), rate), sample_rate=48_000, channels=2)
    assert len(heard) == -(-samples * 48_000 // rate)


@pytest.mark.parametrize(("codec", "bits"), [("pcm_u8", 8), ("pcm_s16le", 16), ("pcm_s32le", 32)])
def test_samples_keep_their_exact_value(codec: str, bits: int) -> None:
    half = 2 ** (bits - 1)
    exact = np.array([-half, -half // 2, 0, half // 4, half - half // 64]) / half
    heard = whole(encoded(exact[:, None], 48_000, "wav", codec))
    assert np.array_equal(heard[:, 0], exact.astype(np.float32))


@pytest.mark.parametrize(("every", "is_played"), [(2, False), (140, True)])
def test_a_song_of_which_most_is_unreadable_is_refused(
    every: int, is_played: bool, caplog: pytest.LogCaptureFixture
) -> None:
    rng = np.random.default_rng(1)
    data = bytearray(encoded(rng.normal(scale=0.2, size=(3 * 48_000, 2)), 48_000, "adts", "aac"))
    at = number = 0
    while at < len(data):
        size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        if number and number % every == 0:
            data[at + 7 : at + size] = rng.integers(0, 256, size - 7, dtype=np.uint8).tobytes()
        at, number = at + size, number + 1
    if is_played:
        assert len(whole(bytes(data))) > 2.9 * 48_000
        assert "damaged packets were skipped" in caplog.text
    else:
        with pytest.raises(DecodeError, match="of its packets are unreadable"):
            whole(bytes(data))


def test_start_cuts_at_the_exact_sample() -> None:
    ramp = np.arange(10_000) / 10_000
    heard = whole(wav(ramp, 1000), start_s=Fraction(5, 2))
    assert heard[0, 0] == np.float32(0.25)
    assert len(heard) == 7500


@pytest.mark.parametrize(
    ("channels", "mask"), [(1, None), (3, None), (6, 0x3F), (24, None), (24, 0xFFFFFF), (100, None)]
)
@pytest.mark.parametrize("wanted", [1, 2, None])
def test_any_number_of_channels(channels: int, mask: int | None, wanted: int | None) -> None:
    samples = np.random.default_rng(1).random((4800, channels))
    heard = whole(wav(samples, 48_000, mask), sample_rate=44_100, channels=wanted)
    assert heard.shape == (4410, wanted or channels)
    assert np.abs(heard).max() > 0.1


def test_mono_goes_to_both_sides_unchanged_and_back() -> None:
    assert (whole(wav(np.full(100, 0.5)), channels=2) == 0.5).all()
    both = np.stack([np.full(100, 0.5), np.full(100, 0.25)], 1)
    assert (whole(wav(both), channels=1) == 0.375).all()


def test_surround_mixes_by_the_rules_of_web_audio() -> None:
    names = {"FL": (1, 0), "FR": (0, 1), "FC": (0.7071, 0.7071), "LFE": (0, 0)}
    names |= {"BL": (0.7071, 0), "BR": (0, 0.7071)}
    for index, gains in enumerate(names.values()):
        samples = np.zeros((64, 6))
        samples[:, index] = 0.5
        heard = whole(wav(samples, mask=0x3F), channels=2)
        assert heard[0] == pytest.approx(np.array(gains) / 2, abs=1e-4)


def test_a_video_gives_its_sound_and_its_delay(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=10)
        video.width = video.height = 64
        sound = out.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for n in range(10):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            picture.pts = n
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
        data = np.full((1, 24_000), 16_384, np.int16)
        frame = av.AudioFrame.from_ndarray(data, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, 24_000, Fraction(1, 48_000)
        out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    heard = whole(path)
    assert np.flatnonzero(heard[:, 0])[0] == 24_000
    assert len(heard) == 48_000


def test_probe_tells_what_it_is() -> None:
    info = probe_sound(encoded(clicks(2, 44_100, [1.0]), 44_100, "mp3", "libmp3lame"))
    assert (info.sample_rate, info.channels, info.duration_s) == (44_100, 2, Fraction(2))
    assert "mp3" in info.codec
    counted = probe_sound(encoded(clicks(2, 48_000, [1.0]), 48_000, "ogg", "libopus"))
    assert counted.duration_s == 2


def _silent_video() -> bytes:
    store = io.BytesIO()
    with av.open(store, "w", format="mp4") as out:
        video = out.add_stream("libx264", rate=10)
        video.width = video.height = 64
        picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        out.mux(video.encode(picture))
        out.mux(video.encode(None))
    return store.getvalue()


TONE = 0.5 * np.sin(np.arange(48_000) * 0.05)[:, None].repeat(2, 1)
NOT_NUMBERS = TONE.copy()
NOT_NUMBERS[24_000, 1] = np.nan


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"not a sound at all" * 500, "not a sound file"),
        (wav(TONE)[:30], "not a sound file"),
        (wav(TONE[:0]), "holds no samples"),
        (wav(TONE)[:200_000], "truncated"),
        (wav(TONE)[:-10], "truncated"),
        (encoded(TONE, 48_000, "flac", "flac")[:10_000], "truncated"),
        (encoded(TONE, 48_000, "mp3", "libmp3lame")[:9_000], "truncated"),
        (encoded(TONE, 48_000, "mp4", "aac")[:9_000], "not a sound file"),
        (wav(NOT_NUMBERS), r"not numbers \(at 0.500 s\)"),
        (wav(TONE, 1), "sample rate of 1 Hz"),
        (wav(TONE, 9_000_000), "sample rate of 9000000 Hz"),
        (_silent_video(), "has no sound"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile:///etc/passwd\n", "not a sound file"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "not a sound file|cannot be read"),
    ],
)
def test_what_is_not_sound_says_so(data: bytes, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        whole(data)


def test_a_list_of_files_reads_none_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even of the folder that we work in, of which a list needs no path to speak."""
    monkeypatch.chdir(tmp_path)
    Path("secret.wav").write_bytes(wav(TONE))
    with pytest.raises(DecodeError):
        whole(b"ffconcat version 1.0\nfile 'secret.wav'\n")


def test_paths_that_cannot_be_read_are_option_errors(tmp_path: Path) -> None:
    for bad in (tmp_path, tmp_path / "absent.mp3", "http://127.0.0.1:9/x.mp3", "a\0b"):
        with pytest.raises(OptionError):
            whole(bad)


def test_a_file_that_changes_while_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(wav(TONE))
    blocks = decode_sound(path)
    next(blocks)
    os.utime(path, ns=(0, 0))
    with pytest.raises(DecodeError, match="changed while it was read"):
        list(blocks)


def test_names_are_files_not_protocols(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("concat:odd, näme.wav").write_bytes(wav(TONE))
    assert len(whole("concat:odd, näme.wav")) == 48_000


JOINED = [
    (container, codec, one, two)
    for container, codec in (("mp3", "libmp3lame"), ("adts", "aac"), ("ogg", "flac"))
    for one, two in (
        ((44_100, 2), (48_000, 2)),
        ((48_000, 2), (44_100, 2)),
        ((44_100, 1), (44_100, 2)),
        ((48_000, 2), (48_000, 1)),
        ((32_000, 1), (48_000, 2)),
    )
]


def a_part(container: str, codec: str, rate: int, channels: int) -> bytes:
    tone = 0.05 * np.sin(np.arange(rate * 2) * 0.05)[:, None]
    return encoded(clicks(2, rate, [1.0], channels) + tone, rate, container, codec)


@pytest.mark.parametrize(("container", "codec", "one", "two"), JOINED)
def test_joined_files_go_on_at_the_right_speed(
    container: str, codec: str, one: tuple[int, int], two: tuple[int, int]
) -> None:
    joined = a_part(container, codec, *one) + a_part(container, codec, *two)
    heard = np.abs(whole(joined, sample_rate=48_000, channels=1)[:, 0])
    half = len(heard) // 2
    places = [int(np.argmax(heard[:half])), half + int(np.argmax(heard[half:]))]
    assert places == pytest.approx([48_000, 3 * 48_000], abs=0.075 * 48_000)
    assert len(heard) == pytest.approx(4 * 48_000, abs=0.11 * 48_000)
    assert probe_sound(joined).duration_s * 48_000 == pytest.approx(len(heard), abs=2)
    assert whole(joined).shape[1] == one[1]


@pytest.mark.parametrize(
    "links",
    [
        [("libopus", 48_000, 1), ("libopus", 48_000, 2)],
        [("libopus", 48_000, 2), ("flac", 22_050, 1)],
        [("flac", 44_100, 2), ("libopus", 24_000, 1), ("flac", 8_000, 2)],
    ],
)
def test_links_of_a_chain_may_have_any_form(links: list[tuple[str, int, int]]) -> None:
    chain = b"".join(a_part("ogg", codec, rate, channels) for codec, rate, channels in links)
    heard = np.abs(whole(chain, sample_rate=48_000, channels=1)[:, 0])
    assert len(heard) == pytest.approx(len(links) * 96_000, abs=10)
    places = [int(np.argmax(part)) for part in np.array_split(heard, len(links))]
    assert places == pytest.approx([48_000] * len(links), abs=300)
    assert probe_sound(chain).duration_s * 48_000 == pytest.approx(len(heard), abs=10)
    assert whole(chain).shape[1] == links[0][2]
    assert len(whole(chain, start_s=Fraction(3))) == len(whole(chain)) - 3 * links[0][1]


def test_what_is_no_chain_is_one_sound() -> None:
    one = a_part("ogg", "libopus", 48_000, 2)
    for data in (one, one[:-9], one + b"junk", b"OggS", b"", wav(TONE), one[:40] + b"OggS" * 30):
        assert ogg_links(io.BytesIO(data)) == []
    first_page = one[: one.index(b"OggS", 4)]
    assert ogg_links(io.BytesIO(first_page + one)) == [], "streams side by side begin together"
    assert [start for start, _ in ogg_links(io.BytesIO(3 * one))] == [0, len(one), 2 * len(one)]


def test_a_change_of_pitch_would_be_heard() -> None:
    def tone(rate: int) -> bytes:
        wave = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(2 * rate) / rate)[:, None]
        return encoded(wave, rate, "mp3", "libmp3lame")

    heard = whole(tone(44_100) + tone(32_000), sample_rate=48_000, channels=1)[:, 0]
    for second in (0.5, 2.7):
        part = heard[round(second * 48_000) :][:48_000] * np.hanning(48_000)
        assert int(np.argmax(np.abs(np.fft.rfft(part)))) == 1000


@pytest.mark.parametrize(("container", "codec"), [("mov", "pcm_s16le"), ("mp4", "aac")])
@pytest.mark.parametrize("late_s", [Fraction(1, 2), Fraction(3, 2)])
def test_a_sound_that_starts_late_is_as_long_as_it_is_heard(
    tmp_path: Path, container: str, codec: str, late_s: Fraction
) -> None:
    path = tmp_path / f"film.{container}"
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=10)
        video.width = video.height = 64
        sound = out.add_stream(codec, rate=48_000, layout="mono")
        for n in range(10):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            picture.pts = n
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
        name = sound.codec_context.format.name
        for n in range(48):
            data = np.full((1, 1024), 0.5, np.float32)
            frame = av.AudioFrame.from_ndarray(data, format="fltp", layout="mono")
            frame.sample_rate, frame.time_base = 48_000, Fraction(1, 48_000)
            frame.pts = round(late_s * 48_000) + n * 1024
            converted = av.AudioResampler(name, "mono", 48_000).resample(frame)
            for part in converted:
                part.pts = frame.pts
                out.mux(sound.encode(part))
        out.mux(sound.encode(None))
    heard = whole(path)
    assert len(heard) == pytest.approx(round(late_s * 48_000) + 48 * 1024, abs=1100)
    assert abs(probe_sound(path).duration_s * 48_000 - len(heard)) <= 2
    assert np.abs(heard[-4096:-2048]).min() > 0.3


def test_sound_of_a_codec_nobody_knows_is_said() -> None:
    """A Core Audio file whose codec is called "????"."""
    description = b"desc" + struct.pack(">QdIIIIII", 32, 48_000.0, 0x3F3F3F3F, 0, 4, 1, 2, 16)
    data = b"data" + struct.pack(">QI", 4 + 4096, 0) + bytes(4096)
    file = b"caff" + struct.pack(">HH", 1, 0) + description + data
    for look in (probe_sound, whole):
        with pytest.raises(DecodeError, match="of a codec we cannot decode"):
            look(file)
