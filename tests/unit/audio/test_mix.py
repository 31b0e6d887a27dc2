from __future__ import annotations

import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.sounds import clicks, wav

from helios.audio.loudness import measure_lufs, peak_context, true_peaks
from helios.audio.stretch import stretch
from helios.audio.tracks import mix_tracks
from helios.errors import OptionError
from helios.model.audio import AudioTrack
from helios.model.timebase import parse_fps, sample_index

RATE = 48_000


@pytest.fixture
def half(tmp_path: Path) -> Path:
    """One second of 0.5."""
    path = tmp_path / "half, with comma.wav"
    path.write_bytes(wav(np.full((RATE, 2), 0.5)))
    return path


def mixed(*tracks: AudioTrack, total: int) -> NDArray[np.float32]:
    return np.concatenate(list(mix_tracks(tracks, total)))


@pytest.mark.parametrize("fps", ["30", "29.97", "60"])
@pytest.mark.parametrize("frames", [1, 37, 301])
def test_length_is_exact_by_samples(half: Path, fps: str, frames: int) -> None:
    total = sample_index(frames, parse_fps(fps), RATE)
    assert mixed(AudioTrack(file=str(half), loop=True), total=total).shape == (total, 2)


@pytest.mark.parametrize("fps", ["24", "29.97", "30", "60"])
def test_a_click_lies_on_its_frame_to_the_sample(tmp_path: Path, fps: str) -> None:
    path = tmp_path / "click.wav"
    path.write_bytes(wav(clicks(1, 44_100, [0.5]), 44_100))
    offset = Fraction(37) / parse_fps(fps)
    heard = mixed(AudioTrack(file=str(path), offset=offset), total=3 * RATE)
    assert int(np.argmax(heard[:, 0])) == round(offset * RATE) + RATE // 2


def test_offset_seek_volume_and_end(half: Path) -> None:
    track = AudioTrack.parse(f"{half},offset=0.25,seek=0.5,volume=0.5")
    heard = mixed(track, total=RATE)
    inside = np.flatnonzero(heard[:, 0])
    assert (inside[0], inside[-1]) == (RATE // 4, RATE // 4 + RATE // 2 - 1)
    assert set(heard[inside, 1]) == {0.25}


def test_another_track_makes_none_quieter(half: Path) -> None:
    alone = mixed(AudioTrack(file=str(half), volume=0.5), total=RATE)
    both = mixed(
        AudioTrack(file=str(half), volume=0.5), AudioTrack(file=str(half), volume=0.5), total=RATE
    )
    assert np.array_equal(both, 2 * alone)


def test_fades_are_linear_and_end_with_the_track(half: Path) -> None:
    track = AudioTrack.parse(f"{half},fade_in=0.1,fade_out=0.2")
    heard = mixed(track, total=2 * RATE)[:, 0]
    assert heard[0] == 0
    assert heard[2400] == pytest.approx(0.25)
    assert heard[RATE // 2] == 0.5
    assert heard[RATE - 1] == 0
    assert heard[RATE - 1 - 4800] == pytest.approx(0.25)
    assert not heard[RATE:].any()


@pytest.mark.parametrize("loop", ["loop", "loop=false"])
def test_fade_out_ends_with_a_shorter_film(half: Path, loop: str) -> None:
    heard = mixed(AudioTrack.parse(f"{half},fade_out=0.2,{loop}"), total=RATE // 2)[:, 0]
    assert heard[-1] == 0
    assert heard[-1 - 4800] == pytest.approx(0.25)


def test_loop_repeats_what_follows_the_seek(tmp_path: Path) -> None:
    path = tmp_path / "ramp.wav"
    path.write_bytes(wav(np.arange(RATE) / RATE))
    heard = mixed(AudioTrack.parse(f"{path},loop,seek=0.75"), total=RATE)
    assert np.array_equal(heard[:12_000], heard[12_000:24_000])
    assert heard[0, 0] == np.float32(0.75)


def test_a_sum_beyond_full_scale_is_cut_counted_and_said(
    half: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mix = mix_tracks([AudioTrack(file=str(half), volume=3)], RATE)
    assert max(float(block.max()) for block in mix) == 1.0
    assert (mix.peak, mix.clipped_samples) == (1.5, 2 * RATE)
    assert "clips: 96000 samples, up to +3.5 dB" in caplog.text


def test_duck_lowers_a_track_only_while_others_sound(half: Path, tmp_path: Path) -> None:
    music = tmp_path / "music.wav"
    music.write_bytes(wav(np.full((3 * RATE, 2), 0.1)))
    tracks = [AudioTrack.parse(f"{music},duck=12"), AudioTrack.parse(f"{half},offset=1")]
    heard = mixed(*tracks, total=3 * RATE)[:, 0]
    assert heard[RATE - 480] == pytest.approx(0.1)
    assert heard[2 * RATE - 1000] == pytest.approx(0.5 + 0.1 * 10 ** (-12 / 20), abs=1e-3)
    assert heard[-1] == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("text", ["nothing here", ""])
def test_unreadable_sound_is_an_option_error_that_names_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "song.mp3"
    path.write_text(text)
    with pytest.raises(OptionError, match=r"audio track .*song\.mp3"):
        mix_tracks([AudioTrack(file=str(path))], 10)
    with pytest.raises(OptionError, match=r"absent\.mp3"):
        mix_tracks([AudioTrack(file=str(tmp_path / "absent.mp3"))], 10)


def test_seek_beyond_the_end_is_silence_and_said(
    half: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard = mixed(AudioTrack.parse(f"{half},seek=9,loop"), total=100)
    assert not heard.any()
    assert "silent" in caplog.text


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 1.5, 3.0])
def test_stretch_keeps_pitch_moments_and_exact_length(rate: float) -> None:
    seconds = 6
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(seconds * RATE) / RATE)
    tone[3 * RATE :] = 0
    blocks = (tone[i : i + 5000, None].astype(np.float32) for i in range(0, len(tone), 5000))
    heard = np.concatenate(list(stretch(blocks, rate)))[:, 0]
    assert len(heard) == round(len(tone) / rate)
    end = np.flatnonzero(np.abs(heard) > 0.05)[-1]
    assert abs(end / RATE - 3 / rate) < 0.03
    inside = heard[2000 : int(2.5 / rate * RATE)]
    spectrum = np.abs(np.fft.rfft(inside * np.hanning(len(inside))))
    assert np.argmax(spectrum) * RATE / len(inside) == pytest.approx(440, abs=1)
    assert np.sqrt(2 * np.mean(inside**2)) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.8, 1.5, 2.0, 4.0])
def test_stretch_leaves_every_attack_in_its_place(rate: float) -> None:
    rng = np.random.default_rng(3)
    sound = 0.002 * rng.standard_normal((4 * RATE, 1)).astype(np.float32)
    places = np.cumsum(rng.integers(1500, 9000, 30))
    for place in places:  # knocks that fade, a tone among them
        fading = np.exp(-np.arange(400) / 60)
        sound[place : place + 400, 0] += fading * np.cos(0.1 * np.arange(400))
    heard = np.concatenate(list(stretch(iter(np.array_split(sound, 17)), rate)))[:, 0]
    loud = np.flatnonzero(np.abs(heard) > 0.5)
    starts = loud[np.diff(loud, prepend=-RATE) > 300]
    assert starts.tolist() == [round(int(place) / rate) for place in places]


def test_stretch_forgets_what_it_has_played() -> None:
    phase = np.arange(RATE) * (2 * np.pi * 440 / RATE)
    second = (0.1 * np.sin(phase))[:, None].astype(np.float32)
    tracemalloc.start()
    try:
        count = sum(map(len, stretch((second.copy() for _ in range(60)), 2)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 30 * RATE
    assert peak < 15 * second.nbytes


def test_a_fast_track_fades_out_to_its_own_end(half: Path) -> None:
    heard = mixed(AudioTrack.parse(f"{half},rate=2,fade_out=0.2"), total=RATE)[:, 0]
    assert heard[RATE // 4] == pytest.approx(0.5)
    assert heard[RATE // 2 - 1 - 4800] == pytest.approx(0.25, abs=0.01)
    assert heard[RATE // 2 - 1] == 0


def test_ducked_tracks_do_not_duck_each_other(half: Path, tmp_path: Path) -> None:
    music = tmp_path / "music.wav"
    music.write_bytes(wav(np.full((2 * RATE, 2), 0.1)))
    alone = mixed(AudioTrack.parse(f"{half},duck=12"), total=RATE)
    both = mixed(
        AudioTrack.parse(f"{music},duck=12"), AudioTrack.parse(f"{half},duck=12"), total=RATE
    )
    assert both == pytest.approx(alone + 0.1, abs=1e-6)


def test_rate_reaches_the_mix(half: Path) -> None:
    heard = mixed(AudioTrack.parse(f"{half},rate=2"), total=RATE)
    assert np.flatnonzero(heard[:, 0])[-1] == RATE // 2 - 1


def test_blocks_do_not_depend_on_the_film_length(half: Path) -> None:
    tracks = [AudioTrack.parse(f"{half},loop,duck=9,fade_in=0.3"), AudioTrack(file=str(half))]
    long = mixed(*tracks, total=3 * RATE)
    assert np.array_equal(mixed(*tracks, total=RATE + 7), long[: RATE + 7])


def song_file(tmp_path: Path, gain: float) -> Path:
    rng = np.random.default_rng(8)
    samples = gain * rng.standard_normal((6 * RATE, 2))
    samples[:: RATE // 2] += 20 * gain
    path = tmp_path / "song.wav"
    path.write_bytes(wav(samples))
    return path


@pytest.mark.parametrize("target", [-14.0, -23.0])
@pytest.mark.parametrize("gain", [0.01, 0.3])
def test_loudness_is_reached_and_true_peaks_stay_below_the_ceiling(
    tmp_path: Path, gain: float, target: float
) -> None:
    path = song_file(tmp_path, gain)
    track = AudioTrack(file=str(path), loop=True)
    mix = mix_tracks([track], 8 * RATE + 11, loudness_lufs=target)
    heard = np.concatenate(list(mix))
    assert heard.shape == (8 * RATE + 11, 2)
    assert measure_lufs([heard]) == pytest.approx(target, abs=0.5)
    peaks, _ = true_peaks(heard, peak_context(2))
    assert 20 * np.log10(peaks.max()) < -0.9
    assert mix.clipped_samples == 0


def test_loudness_without_peaks_is_one_plain_gain(half: Path, tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    path.write_bytes(wav(0.1 * np.sin(np.arange(2 * RATE) * 0.13)))
    track = AudioTrack(file=str(path))
    plain = mixed(track, total=2 * RATE)
    loud = np.concatenate(list(mix_tracks([track], 2 * RATE, loudness_lufs=-30)))
    gain = loud[1000, 0] / plain[1000, 0]
    assert np.allclose(loud, plain * gain, atol=1e-6)


def test_silence_stays_silence_at_any_loudness(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard = np.concatenate(list(mix_tracks([], RATE, loudness_lufs=-14)))
    assert not heard.any()
    assert "silent" in caplog.text
    with pytest.raises(OptionError, match="loudness"):
        mix_tracks([], RATE, loudness_lufs=3)


@pytest.mark.parametrize(("target", "is_said"), [(-5.0, True), (-9.0, True), (-30.0, False)])
def test_a_loudness_that_is_not_reached_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, target: float, is_said: bool
) -> None:
    noise = np.random.default_rng(2).standard_normal(6 * RATE) * 0.02
    noise[::4000] = 0.9
    path = tmp_path / "spiky.wav"
    path.write_bytes(wav(noise, RATE))
    with caplog.at_level("WARNING", logger="helios.audio"):
        track = AudioTrack(file=str(path))
        heard = list(mix_tracks([track], 6 * RATE, loudness_lufs=target))
    said = [r.getMessage() for r in caplog.records if "LUFS, not" in r.getMessage()]
    reached = measure_lufs(heard)
    assert bool(said) == is_said == (target - reached > 0.5)
    if said:
        assert f"reaches {reached:.1f} LUFS, not {target:.1f}" in said[0]


def test_a_track_that_plays_before_the_film_is_cut(
    half: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ends = AudioTrack.parse(f"{half},offset=-0.75,fade_out=0.5")
    goes_on = AudioTrack.parse(f"{half},offset=0.25,volume=0.5")
    heard = mixed(ends, goes_on, total=RATE)[:, 0]
    assert heard[0] == pytest.approx(0.25, abs=1e-3), "half of its fade is over"
    assert set(heard[RATE // 4 :]) == {0.25}
    assert "not heard" not in caplog.text
    heard = mixed(AudioTrack.parse(f"{half},offset=-1.5"), goes_on, total=RATE)[:, 0]
    assert np.flatnonzero(heard)[0] == RATE // 4
    assert f"{half} is over 0.5 s before the film begins: it is not heard" in caplog.text


def test_the_loudness_is_that_of_what_the_film_plays(tmp_path: Path) -> None:
    path = tmp_path / "loud, then soft.wav"
    tone = np.sin(np.arange(8 * RATE) * (2 * np.pi * 500 / RATE))
    tone *= np.where(np.arange(8 * RATE) < 4 * RATE, 0.9, 0.05)
    path.write_bytes(wav(np.column_stack([tone, tone])))
    track = AudioTrack.parse(f"{path},offset=-4")
    reached = measure_lufs(list(mix_tracks([track], 4 * RATE, loudness_lufs=-20)))
    assert reached == pytest.approx(-20, abs=0.2)


def test_a_track_that_begins_after_the_film_is_told_of(
    half: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mixed(AudioTrack(file=str(half), offset=Fraction(1)), total=48_001)
    assert "not heard" not in caplog.text
    mixed(AudioTrack(file=str(half), offset=Fraction(1)), total=48_000)
    assert f"{half} begins after the film's end: it is not heard" in caplog.text
