"""From sound to movement."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from helios.audio.table import silent_table as analysed_silence
from helios.scene.audio_input import FeatureColumns, Placement, fitted, placed_rows, silent_table
from helios.scene.library import load_template
from helios.scene.response import follow_time, prepare

FPS = Fraction(30)


def with_features(*features: dict[str, Any], **layer: Any) -> Any:
    content = {"name": "t", "layers": [{"id": "a", **layer}], "features": list(features)}
    return load_template(content)


def test_table_of_the_analyser_fits() -> None:
    table = fitted(analysed_silence(20, FPS), 25, FPS)
    assert table.total_frames == 25
    assert table.bands.shape == (25, 8)
    assert table.bands.dtype == np.float32


def test_short_sound_ends_in_silence_and_long_sound_is_cut(song: FeatureColumns) -> None:
    longer = fitted(song, song.total_frames + 10, FPS)
    assert (longer.bass[-10:] == 0).all()
    assert np.array_equal(longer.bass[:-10], song.bass)
    assert len(fitted(song, 7, FPS).bass) == 7


def test_sound_lies_where_the_track_puts_it(song: FeatureColumns) -> None:
    placed = fitted(song, 360, FPS, Placement(offset_s=Fraction(2), seek_s=Fraction(1)))
    assert (placed.mid[:60] == 0).all()
    assert np.array_equal(placed.mid[60:], song.mid[30:330])
    looped = fitted(song, 900, FPS, Placement(loop=True))
    assert np.array_equal(looped.bass[360:720], song.bass)


def test_a_fast_track_is_heard_fast(song: FeatureColumns) -> None:
    fast = fitted(song, 200, FPS, Placement(rate=Fraction(2)))
    assert np.array_equal(fast.mid[:180], song.mid[::2])
    assert (fast.mid[180:] == 0).all()


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(60), Fraction(30000, 1001)])
def test_no_beat_is_lost_at_another_rate(song: FeatureColumns, fps: Fraction) -> None:
    total = int(12 * fps)
    assert fitted(song, total, fps).is_beat.sum() == song.is_beat.sum()


def test_broken_numbers_in_a_table_are_silence(song: FeatureColumns) -> None:
    bad = replace(song, bass=np.full(360, np.nan, np.float32), mid=np.full(360, 7, np.float32))
    table = fitted(bad, 360, FPS)
    assert (table.bass == 0).all()
    assert (table.mid == 1).all()


def test_bloom_is_fast_and_the_fade_is_slow() -> None:
    sound = silent_table(300, FPS)
    mid = np.zeros(300, np.float32)
    mid[100:150] = 0.8
    curves = prepare(with_features(frequencyBand="mids"), replace(sound, mid=mid)).layers["a"]
    light = curves.light[:, 0]
    assert light[99] == pytest.approx(0.15)
    assert light[105] > 0.8 * light[149]
    assert light[155] > 0.7 * light[149]
    assert light[299] < 0.3 * light[149]


def test_noise_below_the_gate_moves_nothing() -> None:
    noise = replace(silent_table(60, FPS), mid=np.full(60, 0.02, np.float32))
    curves = prepare(with_features(frequencyBand="mids"), noise).layers["a"]
    assert (curves.size == 1).all()
    assert np.allclose(curves.light, 0.15)


def test_size_is_capped() -> None:
    loud = replace(
        silent_table(60, FPS), bass=np.ones(60, np.float32), is_beat=np.ones(60, np.float32)
    )
    curves = prepare(with_features(frequencyBand="bass", audioReactivity=50), loud)
    assert curves.layers["a"].size.max() <= 1.4 * 1.15 + 1e-5
    assert curves.layers["a"].spread.max() <= 1.2 + 1e-5


def test_movement_is_the_same_at_any_frame_rate() -> None:
    def at(fps: int) -> Any:
        total = 4 * fps
        t = np.arange(total) / fps
        level = ((t > 1) & (t < 2)).astype(np.float32)
        table = replace(silent_table(total, Fraction(fps)), mid=level)
        return prepare(with_features(frequencyBand="mids"), table).layers["a"].light[:, 0]

    slow, fast = at(30), at(120)[::4]
    assert np.abs(slow - fast).max() < 0.12
    assert np.abs(slow - fast)[75:].max() < 0.05


def test_features_move_what_they_name(song: FeatureColumns) -> None:
    feature = {"source": "energy", "target": "emission", "amount": 1, "layer": "a"}
    still = prepare(with_features(emission=0.3), song).layers["a"]
    moved = prepare(with_features(feature, emission=0.3), song).layers["a"]
    assert moved.births[-1, 0] > 1.5 * still.births[-1, 0]
    assert np.array_equal(moved.size, still.size)


def test_a_feature_of_one_layer_leaves_the_others_alone(song: FeatureColumns) -> None:
    feature = {"source": "energy", "target": "emission", "amount": 1, "layer": "a"}
    layers = [{"id": "a", "emission": 0.3}, {"id": "b", "emission": 0.3}]
    template = load_template({"name": "t", "layers": layers, "features": [feature]})
    curves = prepare(template, song).layers
    assert curves["a"].births[-1, 0] > 1.5 * curves["b"].births[-1, 0]
    assert np.allclose(curves["b"].births[:, 0], 0.3)


def test_stems_move_what_names_them(song: FeatureColumns) -> None:
    drums = replace(silent_table(song.total_frames, FPS), bass=np.ones_like(song.bass))
    feature = {"source": "bass", "target": "emission", "amount": 1, "layer": "a", "stem": "drums"}
    layers = [{"id": "a", "emission": 0.3}, {"id": "b", "emission": 0.3, "stem": "voice"}]
    template = load_template({"name": "t", "layers": layers, "features": [feature]})
    assert template.stems == ("drums", "voice")
    whole = prepare(template, song).layers
    apart = prepare(template, song, {"drums": drums, "voice": drums, "other": drums}).layers
    assert np.allclose(apart["a"].births[30:, 0], 0.6, atol=1e-3)
    assert whole["a"].births[5, 0] < 0.5
    assert np.array_equal(apart["a"].light, whole["a"].light)
    alone = prepare(load_template({"name": "t", "layers": layers[1:]}), drums).layers
    assert np.array_equal(apart["b"].light, alone["b"].light)
    assert not np.array_equal(apart["b"].light, whole["b"].light)


def test_drop_is_found_and_its_build_rises_before_it(song: FeatureColumns) -> None:
    drop = prepare(with_features({"source": "drop", "target": "zoom", "amount": 1}), song).zoom
    build = prepare(
        with_features({"source": "build", "target": "exposure", "amount": 1}), song
    ).exposure
    start = round(0.605 * 360)
    peak = 120 + int(np.argmax(np.diff(drop)[120:]))
    assert abs(peak - start) < 20
    assert build[peak - 10] > build[peak - 60] >= 1
    assert build[peak + 30] < build[peak - 3]


def test_every_drop_of_a_song_is_found() -> None:
    loud = np.repeat(np.array([0.1, 0.9, 0.1, 0.9], np.float32), 300)
    table = replace(silent_table(1200, FPS), bass=loud, amplitude=loud, energy=loud)
    drop = prepare(with_features({"source": "drop", "target": "zoom", "amount": 1}), table).zoom
    for start in (300, 900):
        assert drop[start - 20] < 1.1
        assert drop[start + 20] > 1.2


def test_a_beat_is_held_as_long_at_any_frame_rate() -> None:
    def pulse(fps: int) -> Any:
        beat = np.zeros(2 * fps, np.float32)
        beat[fps] = 1
        table = replace(silent_table(2 * fps, Fraction(fps)), is_beat=beat)
        return prepare(with_features(frequencyBand="mids"), table).layers["a"].size[fps:, 0]

    fast = pulse(100)
    assert fast[7] == fast[:9].max() > fast[9] > fast[30] > 1


def test_sky_time_runs_faster_with_sound_and_never_back(song: FeatureColumns) -> None:
    time_s = prepare(with_features(), song).sky_time_s
    assert time_s[0] == 0
    assert (np.diff(time_s) > 0).all()
    assert time_s[-1] > 359 / 30
    assert prepare(with_features(), silent_table(60, FPS)).sky_time_s[-1] == pytest.approx(59 / 30)


def test_spectrum_layers_follow_eight_bands(song: FeatureColumns) -> None:
    light = prepare(with_features(frequencyBand="spectrum"), song).layers["a"].light
    assert len({round(float(v), 4) for v in light[300]}) == 8


def test_following_at_once_is_the_signal(song: FeatureColumns) -> None:
    assert np.allclose(follow_time(song.bass, 0, 0, 30), song.bass, atol=1e-6)


def test_silence_is_heard_apart_from_a_calm_passage() -> None:
    whisper = np.repeat(np.array([0, 0.3, 0], np.float32), 90)
    table = replace(silent_table(270, FPS), amplitude=whisper)
    heard = {
        source: prepare(
            with_features({"source": source, "target": "exposure", "amount": 1, "fallS": 0}), table
        ).exposure
        for source in ("silence", "calm")
    }
    assert heard["silence"][[0, 80]].tolist() == [2, 2]
    assert heard["silence"][150] == 1
    assert 1.3 < heard["calm"][150] < 1.8
    assert heard["silence"][-1] > 1.9


@pytest.mark.parametrize("samples", [29_280, 30_000, 33_333, 48_001])
@pytest.mark.parametrize("fps", [Fraction(30), Fraction(25), Fraction(60)])
def test_a_loop_begins_again_where_the_sound_does(samples: int, fps: Fraction) -> None:
    length_s = Fraction(samples, 48_000)
    rows = -(-samples * fps // 48_000)
    table = silent_table(int(rows), fps)
    table.is_beat[1] = table.bass[1] = 1
    total = int(30 * fps)
    looped = fitted(table, total, fps, Placement(loop=True, length_s=length_s))
    passes = [n * length_s + 1 / fps for n in range(100) if n * length_s + 2 / fps < 30]
    assert abs(int(looped.is_beat.sum()) - len(passes)) <= 1
    for start_s, frame in zip(passes, np.flatnonzero(looped.is_beat), strict=False):
        assert -1 <= frame - start_s * fps <= 1


def test_no_beat_is_lost_where_a_loop_begins_again() -> None:
    table = silent_table(60, Fraction(60))
    table.is_beat[[0, 59]] = 1
    looped = fitted(table, 100, Fraction(10), Placement(loop=True))
    assert looped.is_beat.sum() == 10


@pytest.mark.parametrize(
    "placement",
    [
        Placement(rate=Fraction("1.2345678901234567891"), offset_s=Fraction(1, 10**15)),
        Placement(rate=Fraction(1, 3), seek_s=Fraction(1, 48_000), loop=True, length_s=Fraction(2)),
        Placement(offset_s=Fraction(-1, 7), loop=True, length_s=Fraction(96_001, 48_000)),
    ],
)
def test_rates_of_many_digits_are_exact(placement: Placement) -> None:
    table, fps = silent_table(90, Fraction(30)), Fraction(30_000, 1001)
    expected = []
    for number in range(200):
        place = (number / fps - placement.offset_s) * placement.rate
        length = (placement.length_s or Fraction(3)) - placement.seek_s
        if placement.loop and place >= 0:
            place %= length
        sounds = 0 <= place < length
        expected.append(min(int((placement.seek_s + place) * 30), 89) if sounds else -1)
    assert placed_rows(table, 200, fps, placement).tolist() == expected


def test_a_song_that_is_loud_from_the_start_has_no_flash_in_frame_0() -> None:
    """A steady sound: frame 0 is as light as frame 15, whatever listens to it."""
    ones = np.full(120, 0.8, np.float32)
    table = replace(silent_table(120, FPS), amplitude=ones, mid=ones, bass=ones, energy=ones)
    calm = {"source": "calm", "target": "brightness", "amount": 2}
    energy = {"source": "energy", "target": "brightness", "amount": 1}
    for features in ((), (calm,), (energy,)):
        template = load_template(
            {"name": "steady", "layers": [{"id": "one"}], "features": list(features)}
        )
        light = prepare(template, table).layers["one"].light[:, 0]
        assert light[0] == pytest.approx(light[15], rel=0.02)


def test_what_is_struck_in_frame_0_does_not_flash() -> None:
    """A beat, a rise and a fall within the first frames: frame 0 is as light as frame 15."""
    fall = np.concatenate([np.linspace(1, 0.3, 12), np.full(108, 0.3)]).astype(np.float32)
    beats = np.zeros(120, np.float32)
    beats[0] = 1
    for level in (fall, 1.3 - fall):
        table = replace(
            silent_table(120, FPS),
            amplitude=level,
            bass=level,
            mid=level,
            energy=level,
            onset=beats,
        )
        table = replace(table, is_beat=beats)
        for target in ("brightness", "size", "exposure", "bloom", "skyBrightness"):
            beat = {"source": "beat", "target": target, "amount": 3}
            bass = {"source": "bass", "target": target, "amount": 1}
            template = load_template(
                {"name": "struck", "layers": [{"id": "one"}], "features": [beat, bass]}
            )
            curves = prepare(template, table)
            layer = curves.layers["one"]
            for curve in (layer.light, layer.size, curves.exposure, curves.bloom):
                assert curve[0] == pytest.approx(curve[15], rel=1e-6)
            assert curves.sky_brightness[0] == pytest.approx(curves.sky_brightness[15], rel=1e-6)
