"""Where the chunks of a job file may lie: a job file of a stranger replaces and removes nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from helios.commit.record import ChunkRecords, CommitRecord
from helios.commit.store import FolderStore
from helios.errors import JobSpecError
from helios.rendering.job import JobOptions, JobResult, JobRunner


def job(folder: Path, chunk: str, film: str) -> Path:
    path = folder / "job.json"
    path.write_text(
        json.dumps(
            {
                "metadata": {
                    "totalFrames": 30,
                    "fps": 30,
                    "width": 64,
                    "height": 64,
                    "duration": 1,
                },
                "chunks": [
                    {
                        "id": 0,
                        "startFrame": 0,
                        "frameCount": 30,
                        "outputFile": chunk,
                        "command": "true",
                    }
                ],
                "mergeCommand": f"helios merge {film} {chunk}",
                "output": film,
            }
        )
    )
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "films").mkdir()
    return tmp_path / "jobs"


@pytest.mark.parametrize(
    ("chunk", "film"),
    [
        ("part_0.mov", "film.mov"),
        ("parts/part_0.mov", "film.mov"),
        ("../films/part_0.mov", "../films/film.mov"),
    ],
)
def test_in_the_jobs_folder_or_beside_the_film(folder: Path, chunk: str, film: str) -> None:
    JobRunner(job(folder, chunk, film), JobOptions())


@pytest.mark.parametrize(
    ("chunk", "film"),
    [
        ("../films/part_0.mov", "film.mov"),
        ("../part_0.mov", "../films/film.mov"),
        ("/tmp/part_0.mov", "film.mov"),
        ("../films/../part_0.mov", "../films/film.mov"),
    ],
)
def test_nowhere_else(folder: Path, chunk: str, film: str) -> None:
    with pytest.raises(JobSpecError, match="outside the job's folder"):
        JobRunner(job(folder, chunk, film), JobOptions())


def test_what_lies_beside_the_film_and_is_no_chunk_is_not_replaced(folder: Path) -> None:
    holiday = folder.parent / "films" / "holiday.mov"
    holiday.write_bytes(b"dear")
    path = job(folder, "../films/holiday.mov", "../films/film.mov")
    with pytest.raises(JobSpecError, match="outside the job's folder"):
        JobRunner(path, JobOptions())
    assert holiday.read_bytes() == b"dear"


def test_a_chunk_of_an_earlier_run_is_known(folder: Path) -> None:
    films = ChunkRecords(FolderStore(folder.parent / "films"))
    (films.folder / "part_0.mov").write_bytes(b"12")
    record = CommitRecord(
        payload="part_0.mov",
        size=2,
        sha256="0" * 64,
        start_frame=0,
        frame_count=30,
        settings_digest="x",
    )
    films.commit("part_0.mov", record)
    JobRunner(job(folder, "../films/part_0.mov", "../films/film.mov"), JobOptions())


def test_a_job_of_many_chunks_is_read_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked of the disk for each of ten thousand chunks takes longer than to read them."""
    path = job(folder, "part_0.mov", "film.mov")
    said = json.loads(path.read_text())
    names = [f"part_{number}.mov" for number in range(30)]
    (first,) = said["chunks"]
    said["chunks"] = [
        {**first, "id": number, "startFrame": number, "frameCount": 1, "outputFile": name}
        for number, name in enumerate(names)
    ]
    said["mergeArgv"] = ["helios", "merge", "film.mov", *names]
    path.write_text(json.dumps(said))
    followed: list[Path] = []
    resolve = Path.resolve

    def counted(self: Path, strict: bool = False) -> Path:
        followed.append(self)
        return resolve(self, strict)

    monkeypatch.setattr(Path, "resolve", counted)
    assert len(JobRunner(path, JobOptions()).job.chunks) == 30
    assert len(followed) < 5


def test_what_machines_told_of_their_frames_is_told_with_the_job(folder: Path) -> None:
    path = job(folder, "part_0.mov", "film.mov")
    runner = JobRunner(path, JobOptions(merge=False))
    (folder / "part_0.mov").write_bytes(b"12")
    record = CommitRecord(
        payload="part_0.mov",
        size=2,
        sha256=hashlib.sha256(b"12").hexdigest(),
        start_frame=0,
        frame_count=30,
        settings_digest=runner._chunk_digest(runner.job.chunks[0]),
        warnings=("late.png: not found",),
    )
    ChunkRecords(FolderStore(folder)).commit("part_0.mov", record)
    assert runner.run().warnings == ("late.png: not found",)


def test_the_film_is_what_the_merge_writes(folder: Path) -> None:
    path = job(folder, "part_0.mov", "film.mov")
    said = json.loads(path.read_text())
    said["mergeArgv"] = ["helios", "merge", "film.mov", "part_0.mov"]
    path.write_text(json.dumps(said))
    JobRunner(path, JobOptions())
    path.write_text(json.dumps({**said, "output": "../films/holiday.txt"}))
    with pytest.raises(JobSpecError, match=r"writes 'film.mov', not its output '../films/holiday"):
        JobRunner(path, JobOptions())


def test_what_the_first_version_called_a_runners_parts(folder: Path) -> None:
    path = job(folder, "part_0.mov", "../films/film.mov")
    runner = JobRunner(path=path, options=JobOptions(concurrency=3))
    assert runner.options.drawn_at_once == 3
    assert JobOptions(concurrency=3, workers=2).drawn_at_once == 2
    assert runner.folder == folder.resolve()
    assert runner.output == folder.resolve() / "../films/film.mov"
    assert runner.job.output == "../films/film.mov"
    assert runner.digest

    there = JobResult(rendered_chunks=(), cached_chunks=(), film=str(runner.output))
    assert there.output_file == runner.output
    in_a_store = JobResult(rendered_chunks=(), cached_chunks=(), film="s3://bucket/film.mov")
    assert in_a_store.output_file is None


@pytest.mark.parametrize(
    ("chunk", "film"),
    [
        ("song.mov", "film.mov"),
        ("linked.mov", "film.mov"),
        ("clip.mov", "film.mov"),
        ("job.json", "film.mov"),
        ("part_0.mov", "clip.mov"),
        ("part_0.mov", "song.mov"),
        ("part_0.mov", "../jobs/linked.mov"),
    ],
)
@pytest.mark.parametrize("is_foreign", [True, False])
def test_nothing_that_the_job_reads(
    folder: Path, chunk: str, film: str, *, is_foreign: bool
) -> None:
    for name in ("song.mov", "clip.mov"):
        (folder / name).write_bytes(b"dear")
    (folder / "linked.mov").hardlink_to(folder / "song.mov")
    path = job(folder, chunk, film)
    said = json.loads(path.read_text())
    said["inputs"] = [["clip.mov", "0" * 64], ["gone.js", "0" * 64], ["https://a.org/b", "0" * 64]]
    said["mergeCommand"] += " --audio song.mov"
    if not is_foreign:
        said["mergeArgv"] = said["mergeCommand"].split()
    path.write_text(json.dumps(said))
    with pytest.raises(JobSpecError, match="is read to make what would replace it"):
        JobRunner(path, JobOptions())
    path.write_text(json.dumps(said).replace(chunk, "part_1.mov").replace(film, "film_1.mov"))
    JobRunner(path, JobOptions())


@pytest.mark.parametrize(
    ("name", "is_replaced"), [("holiday.mov", False), ("film_part_0.mov", True)]
)
def test_in_the_folder_only_what_is_called_as_a_chunk_is_replaced(
    folder: Path, name: str, *, is_replaced: bool
) -> None:
    path = job(folder, name, "film.mov")
    said = json.loads(path.read_text())
    said["schemaVersion"] = 1
    said["chunks"][0]["argv"] = ["helios", "render", "page.html", "-o", name]
    path.write_text(json.dumps(said))
    JobRunner(path, JobOptions())
    (folder / name).write_bytes(b"dear")
    if is_replaced:
        JobRunner(path, JobOptions())
        return
    with pytest.raises(JobSpecError, match="is no chunk of a job"):
        JobRunner(path, JobOptions())
