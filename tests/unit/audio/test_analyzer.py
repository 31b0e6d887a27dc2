from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.music import f_measure, rock
from tests.sounds import encoded, wav

from helios.audio.analyzer import PreAnalyzer, analyze
from helios.audio.cache import AnalysisCache
from helios.audio.columns import COLUMNS
from helios.audio.table import PreAnalysisResult
from helios.audio.tablefile import read_table, write_table
from helios.errors import Cancelled, DecodeError, OptionError
from helios.model.progress import Progress
from helios.model.timebase import frame_total, parse_fps

RATE = 48_000
RATES = ["24", "25", "29.97", "30", "50", "59.94", "60", "120", "240"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def song() -> bytes:
    return wav(rock(120, 8).samples)


def tone(seconds: float, gain: float = 0.5) -> bytes:
    return wav(gain * np.sin(np.arange(round(seconds * RATE)) * 0.05))


def same(one: PreAnalysisResult, other: PreAnalysisResult) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in COLUMNS)


@pytest.mark.parametrize("fps", RATES)
def test_a_click_peaks_in_the_frame_that_contains_it(fps: str) -> None:
    rate = parse_fps(fps)
    places = np.random.default_rng(5).uniform(0.5, 3.5, 12)
    for place in np.floor(places * RATE) / RATE:
        samples = np.zeros(4 * RATE)
        samples[round(place * RATE)] = 0.8
        table = analyze(wav(samples), fps=rate, use_cache=False)
        assert int(table["onset"].argmax()) == int(Fraction(round(place * RATE), RATE) * rate)


@pytest.mark.parametrize("fps", RATES)
def test_as_many_rows_as_the_film_has_frames(fps: str) -> None:
    table = analyze(tone(2.5), fps=fps, use_cache=False)
    assert table.duration == 2.5
    assert table.total_frames == frame_total(Fraction(5, 2), parse_fps(fps)) == len(table.frames)
    assert {len(column) for column in table.columns.values()} == {table.total_frames}


def test_beats_do_not_depend_on_fps(song: bytes) -> None:
    slow, fast = (analyze(song, fps=fps, use_cache=False) for fps in (30, 60))
    assert np.array_equal(slow.beat_times, fast.beat_times)
    assert (slow.bpm, slow.sections) == (fast.bpm, fast.sections)
    assert np.array_equal(slow.beat_frames, fast.beat_frames // 2)
    assert f_measure(slow.beat_frames / 30, rock(120, 8).beats) > 0.95


def test_levels_do_not_drift_from_fps_to_fps(song: bytes) -> None:
    slow, fast = (analyze(song, fps=fps, use_cache=False) for fps in (25, 50))
    pairs = fast["bands"][: slow.total_frames * 2 - 1]
    smooth = (pairs[1:-1:2] * 2 + pairs[0:-2:2] + pairs[2::2]) / 4
    assert np.abs(slow["bands"][1:-1] - smooth[: len(slow["bands"]) - 2]).mean() < 0.05


def test_every_sample_counts_at_every_fps() -> None:
    samples = np.zeros(10 * RATE)
    samples[round(3.7 * RATE) : round(3.75 * RATE)] = 0.5
    for fps in (1, 2, 5):
        table = analyze(wav(samples), fps=fps, use_cache=False)
        assert table["amplitude"].max() > 0
        assert table["amplitude"].argmax() == round(3.72 * fps)


def test_silence_stays_silent_and_a_whisper_quiet() -> None:
    silent = analyze(wav(np.zeros((2 * RATE, 2))), use_cache=False)
    for name in ("amplitude", "bands", "envelopes", "onset", "energy", "width", "is_beat"):
        assert not silent[name].any()
    assert (silent["loudness"] == -70).all()
    assert [section.kind for section in silent.sections] == ["silence"]
    whisper = analyze(tone(2, 1e-4), use_cache=False)
    assert whisper["amplitude"].max() < 0.1


def test_one_spike_does_not_rule_the_levels() -> None:
    at = np.arange(6 * RATE)
    samples = 0.2 * np.sin(at * 0.05)
    samples[3 * RATE : 3 * RATE + 200] = 1
    assert np.median(analyze(wav(samples), use_cache=False)["amplitude"]) > 0.9


def test_progress_every_100_frames_and_at_the_end(song: bytes) -> None:
    seen: list[Progress] = []
    PreAnalyzer(fps=60, use_cache=False).analyze(song, on_progress=seen.append)
    assert [p.frames_done for p in seen] == [100, 200, 300, 400, 480]
    assert seen[-1].fraction == 1
    assert all(p.fraction < 1 for p in seen[:-1])


def test_cancelled_work_leaves_nothing(song: bytes) -> None:
    stop = threading.Event()
    cache = AnalysisCache()
    with pytest.raises(Cancelled):
        PreAnalyzer(fps=60, cache=cache).analyze(
            song, on_progress=lambda _: stop.set(), cancel=stop
        )
    assert not cache.folder.exists() or not list(cache.folder.iterdir())


def test_the_same_bytes_under_another_name_come_from_the_cache(tmp_path: Path) -> None:
    one, other = tmp_path / "one.wav", tmp_path / "other name.wav"
    one.write_bytes(tone(3))
    other.write_bytes(tone(3))
    seen: list[Progress] = []
    first = PreAnalyzer().analyze(one)
    again = PreAnalyzer().analyze(other, on_progress=seen.append)
    assert len(seen) == 1
    assert same(first, again)
    assert len(AnalysisCache().entries()) == 1


@pytest.mark.parametrize("changed", [{"fps": 60}, {"percentile": 95.0}, {"beats": "threshold"}])
def test_other_parameters_are_other_entries(changed: dict[str, object]) -> None:
    PreAnalyzer().analyze(tone(1))
    PreAnalyzer(**changed).analyze(tone(1))  # type: ignore[arg-type]
    PreAnalyzer(use_cache=False, **changed).analyze(tone(2))  # type: ignore[arg-type]
    assert len(AnalysisCache().entries()) == 2


def test_a_damaged_entry_is_recomputed() -> None:
    first = PreAnalyzer().analyze(tone(1))
    entry = AnalysisCache().entries()[0].path
    whole = entry.read_bytes()
    for damage in (b"", whole[: len(whole) // 2], whole[:900] + b"\xff" + whole[901:]):
        entry.write_bytes(damage)
        assert same(PreAnalyzer().analyze(tone(1)), first)
        assert entry.read_bytes() == whole or len(entry.read_bytes()) == len(whole)


def test_entries_expire_and_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = AnalysisCache()
    PreAnalyzer(cache=cache).analyze(tone(1))
    (first,) = cache.entries()
    an_hour_ago = time.time() - 3600
    os.utime(first.path, (an_hour_ago, an_hour_ago))
    PreAnalyzer(cache=cache).analyze(tone(2))
    newest, oldest = cache.entries()
    assert oldest.path == first.path
    AnalysisCache(max_bytes=newest.size + 1).prune()
    (entry,) = cache.entries()
    assert entry.path == newest.path
    old = time.time() - 8 * 24 * 3600
    os.utime(entry.path, (old, old))
    assert cache.load(entry.path.stem) is None
    assert not entry.path.exists()


def test_a_killed_analysis_leaves_a_usable_cache(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(wav(np.random.default_rng(6).standard_normal((40 * RATE, 2)) * 0.1))
    code = (
        "import sys; from helios.audio.analyzer import PreAnalyzer;"
        "PreAnalyzer(fps=60).analyze(sys.argv[1], on_progress=lambda p: print(1, flush=True))"
    )
    command = [sys.executable, "-c", code, str(path)]
    for lines in (1, 10, 22):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            for _ in range(lines):
                assert child.stdout is not None
                child.stdout.readline()
            child.kill()
    table = PreAnalyzer(fps=60).analyze(path)
    assert table.total_frames == 2400
    seen: list[Progress] = []
    assert same(PreAnalyzer(fps=60).analyze(path, on_progress=seen.append), table)
    assert len(seen) == 1


def test_a_cache_that_cannot_be_written_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path / "file"))
    assert PreAnalyzer().analyze(tone(1)).total_frames == 30
    assert "not cached" in caplog.text


def test_a_file_that_changes_during_the_analysis_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(wav(np.random.default_rng(7).standard_normal((20 * RATE, 2)) * 0.1))
    with pytest.raises(DecodeError, match="changed while it was read"):
        PreAnalyzer(fps=60).analyze(path, on_progress=lambda _: os.utime(path, ns=(0, 0)))
    assert not AnalysisCache().entries()


@pytest.mark.parametrize("bad", ["/absent.mp3", "/", ""])
def test_paths_that_cannot_be_read(bad: str) -> None:
    with pytest.raises(OptionError):
        analyze(bad)


def test_bad_parameters_are_named() -> None:
    for bad in ({"fps": 0}, {"analyzer": "ear"}, {"beats": "?"}, {"fft_size": 500}):
        with pytest.raises(OptionError, match=next(iter(bad))):
            PreAnalyzer(**bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("container", [("mp3", "libmp3lame"), ("mp4", "aac"), ("ogg", "libopus")])
def test_compressed_sound_gives_the_same_beats(container: tuple[str, str]) -> None:
    known = rock(120, 8)
    table = analyze(encoded(known.samples, RATE, *container), use_cache=False)
    assert f_measure(table.beat_times, known.beats, 0.02) >= 0.95


def test_tables_survive_files(tmp_path: Path, song: bytes) -> None:
    table = analyze(song, fps="29.97", use_cache=False)
    write_table(table, tmp_path / "new" / "table.npz")
    back = read_table(tmp_path / "new" / "table.npz")
    assert same(back, table)
    assert (back.fps, back.bpm, back.sections) == (table.fps, table.bpm, table.sections)
    assert np.array_equal(back.beat_times, table.beat_times)
    write_table(table, tmp_path / "table.json")
    data = json.loads((tmp_path / "table.json").read_text())
    assert data["totalFrames"] == len(data["frames"]) == table.total_frames
    row = data["frames"][40]
    assert row["isBeat"] == table.row(40).is_beat
    assert row["bass"] == pytest.approx(table.row(40).bass, abs=1e-6)
    assert list(row)[:7] == ["frame", "time", "amplitude", "bass", "mid", "high", "isBeat"]
    with pytest.raises(OptionError, match=r"\.json or \.npz"):
        write_table(table, tmp_path / "table.csv")


def test_a_table_that_is_shorter_than_it_says_is_not_read(tmp_path: Path) -> None:
    table = analyze(tone(1), use_cache=False)
    longer = {**table.columns, "bass": np.zeros(table.total_frames + 1, np.float32)}
    write_table(replace(table, columns=longer), tmp_path / "table.npz")
    with pytest.raises(DecodeError, match="not a readable analysis table"):
        read_table(tmp_path / "table.npz")


def test_large_tables_are_mapped_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = analyze(tone(2), use_cache=False)
    write_table(table, tmp_path / "table.npz")
    monkeypatch.setattr("helios.audio.tablefile._MAP_FROM_BYTES", 0)
    mapped = read_table(tmp_path / "table.npz")
    assert isinstance(mapped["bands"], np.memmap)
    assert same(mapped, table)
    assert mapped.row(7) == table.row(7)


def test_webaudio_levels_are_those_of_the_bytes() -> None:
    table = analyze(tone(2), use_cache=False, analyzer="webaudio", fps=60)
    assert table.analyzer == "webaudio"
    assert table["bass"][60] > 0.5 > table["high"][60]
    assert table["amplitude"][0] == 0
