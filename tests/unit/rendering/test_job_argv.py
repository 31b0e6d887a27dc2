"""Chunks of our own job files are understood from the folder the job lies in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helios.errors import JobSpecError
from helios.executors.call import ChunkCall
from helios.model.facts import BrowserFacts, CompositionFacts, FontSpecimen
from helios.model.options import RenderOptions
from helios.model.resolved import ResolvedRender
from helios.planning.jobspec import JobSpec, job_from_plan, read_job
from helios.planning.planner import plan_render
from helios.planning.resolve import resolve
from helios.rendering.emit import input_name
from helios.rendering.find import find_composition
from helios.rendering.job_argv import OwnChunks
from helios.scene import library


def job_of(name: str, folder: Path, **how: object) -> JobSpec:
    """A job for ``name``, written down and read again."""
    options = RenderOptions.read({"width": 64, "height": 36, "duration": 1, **how})
    composition = find_composition(name, folder)
    plan = plan_render(composition, folder / "film.mp4", options, beside_output=True)
    shown = input_name(composition, folder, None)
    text = job_from_plan(
        plan, folder, input_name=shown, version="1", place_input=lambda path: path
    ).to_json()
    assert str(folder) not in text
    return read_job(text.encode())


def call_of_first_chunk(name: str, folder: Path) -> ChunkCall | None:
    """What the job tells the renderer."""
    job = job_of(name, folder)
    return OwnChunks(job, folder, any_browser=False).call(job.chunks[0], "digest")


def test_a_built_in_template_is_found(tmp_path: Path) -> None:
    call = call_of_first_chunk("etherealFlame", tmp_path)
    assert call is not None
    assert call.composition == find_composition("etherealFlame", tmp_path)


def test_a_template_file_is_named_from_the_job(tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_bytes((Path(library.__file__).parent / "templates/aurora.json").read_bytes())
    call = call_of_first_chunk("own.json", tmp_path)
    assert call is not None
    assert call.composition.location == str(own)


def test_the_fonts_of_the_plan_are_told_to_who_draws(tmp_path: Path) -> None:
    composition = find_composition("etherealFlame", tmp_path)
    font = FontSpecimen(
        families='"A B", serif', style="700", letters="abc", drawn_with=("C",), digest="0f"
    )
    facts = CompositionFacts(
        composition=composition,
        browser=BrowserFacts(executable="/chrome", version="1"),
        fonts=(font,),
    )
    options = RenderOptions.read({"width": 64, "height": 36, "duration": 1})
    plan = plan_render(composition, tmp_path / "film.mp4", options, facts, beside_output=True)
    text = job_from_plan(plan, tmp_path, input_name="etherealFlame", version="1").to_json()
    job = read_job(text)
    call = OwnChunks(job, tmp_path, any_browser=False).call(job.chunks[0], "digest")
    assert call is not None
    assert call.facts is not None
    assert call.facts.fonts == (font,)
    assert not call.is_planned_here


def test_what_chunks_have_in_common_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []

    def resolved(*asked: Any) -> ResolvedRender:
        read.append(asked)
        return resolve(*asked)

    monkeypatch.setattr("helios.rendering.job_argv.resolve", resolved)
    job = job_of("etherealFlame", tmp_path, chunk_frames=10)
    own = OwnChunks(job, tmp_path, any_browser=False)
    calls = [own.call(chunk, f"digest {chunk.id}") for chunk in job.chunks]
    assert len(read) == 1
    assert None not in calls
    ranges = [(call.first.start_frame, call.first.frame_count) for call in calls if call]
    assert ranges == [(0, 10), (10, 10), (20, 10)]
    assert len({call.film.model_dump_json() for call in calls if call}) == 1
    assert [call.first.settings_digest for call in calls if call] == [
        f"digest {number}" for number in range(3)
    ]


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--start-frame", "7", "draws other frames than startFrame"),
        ("--frame-count", "9", "draws other frames than startFrame"),
        ("-o", "other.mov", "writes another file than outputFile"),
    ],
)
def test_a_command_that_says_another_chunk_is_refused(
    tmp_path: Path, flag: str, value: str, said: str
) -> None:
    job = job_of("etherealFlame", tmp_path)
    argv = [*job.chunks[0].argv]
    argv[argv.index(flag) + 1] = value
    chunk = job.chunks[0].model_copy(update={"argv": tuple(argv)})
    with pytest.raises(JobSpecError, match=said):
        OwnChunks(job, tmp_path, any_browser=False).call(chunk, "digest")
