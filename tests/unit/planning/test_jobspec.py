"""``job.json``: complete, relative, quoted, checked."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path
from typing import Any

import pytest

from helios.errors import JobSpecError
from helios.planning.flags import argv_to_values
from helios.planning.jobspec import JobSpec, job_from_plan, read_job
from helios.rendering.orchestrator import RenderOrchestrator


def job(folder: Path, **values: Any) -> JobSpec:
    options = {"width": 320, "height": 180, "fps": 30, "duration": 5, "concurrency": 4, **values}
    plan = RenderOrchestrator.plan(
        folder / "my page.html", folder / "out" / "final film.mp4", options, beside_output=True
    )
    return job_from_plan(plan, folder, input_name="my page.html", version="1")


def test_the_document_has_the_fields_of_the_seed(tmp_path: Path) -> None:
    document = json.loads(job(tmp_path).to_json())
    assert document["metadata"] == {
        "totalFrames": 150,
        "fps": 30.0,
        "width": 320,
        "height": 180,
        "duration": 5.0,
        "fpsRational": "30",
    }
    assert len(document["chunks"]) == 4
    assert document["chunks"][1]["startFrame"] == 38
    assert document["chunks"][3]["frameCount"] == 36
    for index, chunk in enumerate(document["chunks"]):
        assert chunk["outputFile"] == f"out/final film_part_{index}.mov"
        assert chunk["outputFile"] in shlex.split(document["mergeCommand"])


def test_the_command_is_the_argv_quoted(tmp_path: Path) -> None:
    made = job(tmp_path)
    for chunk in made.chunks:
        assert shlex.split(chunk.command) == list(chunk.argv)
    assert shlex.split(made.merge_command) == list(made.merge_argv)


def test_every_option_of_the_picture_reaches_the_chunks(tmp_path: Path) -> None:
    made = job(
        tmp_path,
        video_codec="libx264",
        audio_codec="aac",
        quality=30,
        preset="fast",
        seed=7,
        props={"a": "it's"},
        selector="#c",
        mode="canvas",
        pixel_format="yuv420p",
        threads=1,
    )
    _, values = argv_to_values(made.chunks[0].argv[2:])
    assert values["quality"] == "30"
    assert values["preset"] == "fast"
    assert values["seed"] == "7"
    assert json.loads(values["props"]) == {"a": "it's"}
    assert values["selector"] == "#c"
    assert values["video_codec"] == "libx264"
    assert values["audio_codec"] == "pcm_s16le"
    assert values["page_audio"] is False
    assert values["width"] == "320"


def test_everything_that_makes_the_sound_reaches_the_merge(tmp_path: Path) -> None:
    track = f"{tmp_path}/my song.mp3,volume=0.5"
    made = job(tmp_path, audio=[track], audio_codec="aac", audio_bitrate="128k")
    assert "--audio=my song.mp3,volume=0.5" in made.merge_argv
    assert made.merge_argv[made.merge_argv.index("--audio-bitrate") + 1] == "128000"
    assert made.merge_argv[made.merge_argv.index("--video-codec") + 1] == "copy"
    assert not any("song" in word for chunk in made.chunks for word in chunk.argv)


def test_what_is_said_of_the_whole_film_reaches_the_merge(tmp_path: Path) -> None:
    wide = {"type": "360-mono-4k", "width": 1024, "height": 512, "initial_view": "90,-10"}
    made = job(tmp_path, loudness=-14, audio=[f"{tmp_path}/song.mp3"], **wide)
    assert {"--loudness=-14.0", "--initial-view=90,-10", "--type", "360-mono-4k"} <= {
        *made.merge_argv
    }


def test_equal_input_gives_an_equal_document(tmp_path: Path) -> None:
    assert job(tmp_path).to_json() == job(tmp_path).to_json()


def test_the_document_reads_back(tmp_path: Path) -> None:
    assert read_job(job(tmp_path).to_json()) == job(tmp_path)


def broken(tmp_path: Path, change: Any) -> str:
    document = json.loads(job(tmp_path).to_json())
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.pop("chunks"), "chunks"),
        (lambda d: d.pop("metadata"), "metadata"),
        (lambda d: d.pop("mergeCommand"), "mergeCommand"),
        (lambda d: d["chunks"].pop(1), "gap"),
        (lambda d: d["chunks"].pop(), "149|114"),
        (lambda d: d["chunks"][1].update(startFrame=30), "overlap"),
        (lambda d: d["chunks"][1].update(id=0), "same id"),
        (
            lambda d: d["chunks"][1].update(outputFile=d["chunks"][0]["outputFile"]),
            "same outputFile",
        ),
        (lambda d: d["chunks"][0].update(frameCount=-3), "frameCount"),
        (lambda d: d.update(chunks=[]), "chunks"),
        (lambda d: d.update(schemaVersion=99), "version"),
        (lambda d: d.update(schemaVersion=2), "version"),
    ],
)
def test_a_job_that_cannot_be_run_is_refused(tmp_path: Path, change: Any, said: str) -> None:
    with pytest.raises(JobSpecError, match=said):
        read_job(broken(tmp_path, change))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", "\x00"])
def test_what_is_no_job_file_is_refused(text: str) -> None:
    with pytest.raises(JobSpecError, match="not a job file"):
        read_job(text)


def test_a_foreign_job_is_read() -> None:
    foreign = {
        "metadata": {"totalFrames": 10, "fps": 30, "width": 64, "height": 64, "duration": 0.33},
        "chunks": [
            {"id": 0, "startFrame": 0, "frameCount": 10, "outputFile": "a.mov", "command": "true"}
        ],
        "mergeCommand": "true",
        "somethingElse": 1,
    }
    assert read_job(json.dumps(foreign)).schema_version is None


def test_ten_thousand_chunks_are_planned_and_read_in_little_time() -> None:
    began = time.process_time()
    plan = RenderOrchestrator.plan(
        "page.html",
        "film.mp4",
        fps=30,
        frame_count=1_000_000,
        chunk_frames=100,
        width=1280,
        height=720,
        beside_output=True,
    )
    text = job_from_plan(plan, Path.cwd(), input_name="page.html", version="1").to_json()
    planned = time.process_time()
    assert len(read_job(text).chunks) == 10_000
    # Half a second and a fifth on an idle machine; what grows with the square takes a minute.
    assert planned - began < 5
    assert time.process_time() - planned < 3
