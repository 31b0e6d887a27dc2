"""Chunks of our own job files are understood from the folder the job lies in."""

from __future__ import annotations

from pathlib import Path

from helios.executors.call import ChunkCall
from helios.model.options import RenderOptions
from helios.planning.jobspec import job_from_plan, read_job
from helios.planning.planner import plan_render
from helios.rendering.emit import input_name
from helios.rendering.find import find_composition
from helios.rendering.job_argv import chunk_call_from_job
from helios.scene import library


def call_of_first_chunk(name: str, folder: Path) -> ChunkCall | None:
    """What a job for ``name``, written down and read again, tells the renderer."""
    options = RenderOptions.read({"width": 64, "height": 36, "duration": 1})
    composition = find_composition(name, folder)
    plan = plan_render(composition, folder / "film.mp4", options, beside_output=True)
    shown = input_name(composition, folder, None)
    text = job_from_plan(
        plan, folder, input_name=shown, version="1", place_input=lambda path: path
    ).to_json()
    assert str(folder) not in text
    job = read_job(text.encode())
    return chunk_call_from_job(job, job.chunks[0], folder, "digest", any_browser=False)


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
