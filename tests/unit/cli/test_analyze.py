from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.music import beatless, rock
from tests.sounds import wav

from helios.cli.analyze import analyze
from helios.cli.cache import clear, ls
from helios.errors import HeliosError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "120")


def test_the_summary_is_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song = tmp_path / "my [song].wav"
    song.write_bytes(wav(rock(120, 10).samples))
    assert analyze(str(song), output=tmp_path / "t.json", plot=tmp_path / "p.png") == 0
    said = capsys.readouterr().out
    for words in ("my [song].wav", "0:10", "120.0 BPM", "LUFS", "300 at 30 fps", "steady"):
        assert words in said
    assert re.search(r"\((9\d|100)% sure\)", said)
    assert json.loads((tmp_path / "t.json").read_text())["totalFrames"] == 300
    assert (tmp_path / "p.png").stat().st_size > 10_000


def test_no_beat_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pad = tmp_path / "pad.wav"
    pad.write_bytes(wav(beatless(8).samples))
    assert analyze(str(pad), fps="29.97", cache=False) == 0
    assert "no steady beat" in capsys.readouterr().out


def test_the_cache_can_be_listed_and_cleared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(wav(rock(120, 3).samples))
    analyze(str(song))
    ls()
    assert "1 analyses" in capsys.readouterr().out
    clear()
    ls()
    assert "removed 1" in (said := capsys.readouterr().out)
    assert "0 analyses" in said


def test_bad_input_is_a_helios_error(tmp_path: Path) -> None:
    (tmp_path / "text.mp3").write_text("no sound")
    with pytest.raises(HeliosError, match="not a sound file"):
        analyze(str(tmp_path / "text.mp3"))
