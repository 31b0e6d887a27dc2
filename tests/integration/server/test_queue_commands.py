"""``helios queue`` against a server: what it prints, fetches and says when something is wrong."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.commandline import validator

from helios.cli.main import main

Served = Any
Queue = Callable[..., tuple[int, str, str]]


@pytest.fixture
def queue(served: Served, capsys: pytest.CaptureFixture[str]) -> Queue:
    """Runs ``helios queue``; (exit code, standard output, standard error)."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main(["queue", *map(str, words), "--server", served.url])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def song(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\x00\x08" * round(8000 * seconds))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration beside its sound, in a folder that is not the current one."""
    folder = tmp_path / "project"
    folder.mkdir()
    song(folder / "song.wav", 1)
    values = {"templateId": "film.py:draw", "audioPath": "song.wav", "outputPath": "a.mp4"}
    (folder / "config.json").write_text(json.dumps(values))
    return folder / "config.json"


def test_a_film_is_submitted_waited_for_and_fetched(
    queue: Queue, served: Served, tmp_path: Path, config: Path
) -> None:
    film = tmp_path / "new" / "folder" / "b.mp4"
    code, out, _ = queue("submit", "--config", config, "--type", "shorts", "-o", film)
    assert code == 0
    job_id, path = out.split()
    assert (path, film.read_bytes()) == (str(film), b"0123456789")
    (track,) = served.exporter.configs[-1]["audio"]
    assert track["file"].startswith(str(served.settings.data))
    code, out, _ = queue("show", job_id)
    assert "completed" in out
    assert queue("logs", job_id)[1].count("completed") == 1
    assert [part for part in queue("ls")[1].split() if part == job_id]


def test_stems_and_lyrics_are_uploaded_and_used_where_the_film_is_made(
    queue: Queue, served: Served, config: Path
) -> None:
    drums, voice = config.with_name("drums.wav"), config.with_name("voice.wav")
    song(drums, 1)
    song(voice, 0.98)
    values = json.loads(config.read_text())
    config.write_text(json.dumps({**values, "stem": "drums=drums.wav"}))
    code, out, _ = queue("submit", "--config", config, "--wait")
    assert code == 0
    (stem,) = served.exporter.configs[-1]["stem"]
    assert stem["name"] == "drums"
    assert Path(stem["file"]).read_bytes() == drums.read_bytes()
    assert Path(stem["file"]).parent == served.settings.data / "audio"
    (shown,) = served.http.get(f"/api/render/{out.split()[0]}").json()["config"]["stem"]
    assert shown == {"name": "drums", "file": Path(stem["file"]).name}
    assert queue("submit", "--config", config, "--stem", f"voice={voice}", "--wait")[0] == 0
    (stem,) = served.exporter.configs[-1]["stem"]
    assert stem["name"] == "voice"
    assert Path(stem["file"]).read_bytes() == voice.read_bytes()
    words = config.with_name("words.lrc")
    words.write_text("[00:00.10]One")
    assert queue("submit", "--config", config, "--subtitles", words, "--wait")[0] == 0
    assert Path(served.exporter.configs[-1]["subtitles"]).read_text() == "[00:00.10]One"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("films", ["a_shorts.mp4", "a_square.mp4"]),
        ("films/b.mov", ["b_shorts.mov", "b_square.mov"]),
    ],
)
def test_several_films_do_not_replace_each_other(
    queue: Queue, tmp_path: Path, config: Path, output: str, expected: list[str]
) -> None:
    words = ("--type", "shorts", "--type", "square", "-o", tmp_path / output, "--json")
    code, out, _ = queue("submit", "--config", config, *words)
    assert code == 0
    events = [json.loads(line) for line in out.splitlines()]
    for event in events:
        validator("events").validate(event)
    films = [Path(event["output"]).name for event in events if event["event"] == "done"]
    assert sorted(films) == expected
    assert sorted(path.name for path in (tmp_path / "films").iterdir()) == expected


def test_dated_films_of_a_pack_count_up(queue: Queue, tmp_path: Path, config: Path) -> None:
    words = ("--pack", "social", "--naming", "dated", "-o", tmp_path / "films")
    for _ in range(2):
        assert queue("submit", "--config", config, *words)[0] == 0
    names = sorted(path.name for path in (tmp_path / "films").iterdir())
    assert len(names) == 8
    for kind in ("shorts", "reels", "tiktok", "square"):
        for version in (1, 2):
            assert sum(name.endswith(f"_a_{kind}_v{version}.mp4") for name in names) == 1, names


def test_jobs_are_steered(queue: Queue, served: Served) -> None:
    def steered(action: str, *words: object) -> tuple[list[str], bool]:
        code, out, _ = queue(action, *words, "--json")
        said = json.loads(out)
        validator("jobs").validate(said)
        assert (code, said["action"]) == (0, action)
        return said["jobs"], said["is_whole_queue"]

    assert steered("pause") == ([], True)
    job_id = queue("submit", "film.py:draw")[1].strip()
    assert "The queue is paused" in queue("show", job_id)[1]
    page = json.loads(queue("ls", "--json")[1])
    validator("queue").validate(page)
    validator("film").validate(json.loads(queue("show", job_id, "--json")[1]))
    assert [(job["id"], job["status"]) for job in page["jobs"]] == [(job_id, "pending")]
    for action in ("pause", "resume", "cancel", "retry"):
        assert steered(action, job_id) == ([job_id], False)
    assert steered("resume") == ([], True)
    assert served.ended(job_id)["status"] == "completed"
    log = json.loads(queue("logs", job_id, "--json")[1])
    validator("log").validate(log)
    assert log["job"] == job_id
    assert sum("completed" in line for line in log["lines"]) == 1
    assert steered("prune", "--older-than", 0) == ([job_id], False)
    assert queue("prune", "--older-than", 0)[1] == "0 forgotten\n"


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["submit"], 2, "nothing to render"),
        (["submit", "nothing"], 2, "no template 'nothing'"),
        (["submit", "film.py:draw", "--audio", "no.wav"], 2, "cannot read no.wav"),
        (["submit", "film.py:draw", "--type", "odd"], 2, "unknown export type 'odd'"),
        (["submit", "film.py:draw", "--pack", "odd"], 2, "There are: social, youtube, vr."),
        (["submit", "film.py:draw", "--priority", "700"], 2, "priority"),
        (["submit", "--config", "no.json"], 2, "cannot read --config"),
        (["show", "nothing"], 2, "no job 'nothing'"),
        (["cancel"], 2, "name at least one job"),
        (["cancel", "nothing"], 2, "no job 'nothing'"),
        (["retry", "../x"], 2, "cannot be a job's id"),
        (["ls", "--status", "odd"], 2, "status"),
    ],
)
def test_mistakes_are_explained(queue: Queue, words: list[str], code: int, text: str) -> None:
    found, _, said = queue(*words)
    assert (found, "Traceback" in said) == (code, False), said
    assert text in said


def test_a_film_that_fails_is_an_error(queue: Queue, served: Served, tmp_path: Path) -> None:
    served.exporter.fail = "the sky fell"
    code, _, said = queue("submit", "film.py:draw", "-o", tmp_path / "a.mp4")
    assert code != 0
    assert "the sky fell" in said
    assert not (tmp_path / "a.mp4").exists()


def test_no_server_and_no_token_are_said(
    serve: Callable[..., Served],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["queue", "ls", "--server", "http://127.0.0.1:1"]) == 3
    assert "Start one with helios serve" in capsys.readouterr().err
    served = serve(token="a-long-enough-token-for-tests")
    monkeypatch.delenv("HELIOS_TOKEN", raising=False)
    assert main(["queue", "ls", "--server", served.url]) == 3
    assert "HELIOS_TOKEN" in capsys.readouterr().err
    monkeypatch.setenv("HELIOS_TOKEN", "a-long-enough-token-for-tests")
    assert main(["queue", "ls", "--server", served.url]) == 0
