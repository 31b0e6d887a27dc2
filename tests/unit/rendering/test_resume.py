"""What of an earlier run is trusted: what is whole, finished, and known by its content."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import helios
from helios.commit.record import RECORD_SUFFIX, ChunkRecords, CommitRecord
from helios.commit.store import FolderStore
from helios.files.whole import file_sha256
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CompositionFacts
from helios.planning.planner import RenderPlan
from helios.rendering.local import chunk_records, chunk_warnings, missing_chunks
from helios.rendering.orchestrator import RenderOrchestrator
from helios.rendering.progress import ProgressMeter


def planned(folder: Path, **values: object) -> RenderPlan:
    composition = Composition(kind=CompositionKind.PYTHON, location="film.py:draw", root=folder)
    options = {"width": 64, "height": 64, "fps": 10, "duration": 1, "chunk_frames": 5, **values}
    facts = CompositionFacts(composition=composition)
    output = folder / ("images" if "frames" in values else "film.mp4")
    return RenderOrchestrator.plan(composition, output, options, facts=facts)


def finish(
    plan: RenderPlan, payloads: list[bytes], warnings: tuple[tuple[str, ...], ...] = ((), ())
) -> None:
    plan.work_folder.mkdir(parents=True)
    for chunk, payload, told in zip(plan.chunks, payloads, warnings, strict=True):
        chunk.output_file.write_bytes(payload)
        record = CommitRecord(
            payload=chunk.output_file.name,
            size=len(payload),
            sha256=file_sha256(chunk.output_file),
            start_frame=chunk.start_frame,
            frame_count=chunk.frame_count,
            settings_digest=chunk.settings_digest,
            warnings=told,
        )
        assert ChunkRecords(FolderStore(plan.work_folder)).commit(chunk.output_file.name, record)


def missing(plan: RenderPlan) -> list[int]:
    meter = ProgressMeter(plan.total_frames, None)
    return [chunk.id for chunk in missing_chunks(plan, meter)]


def test_images_that_are_gone_or_changed_are_drawn_again(tmp_path: Path) -> None:
    plan = planned(tmp_path, frames="png")
    images = plan.work_folder.parent
    names = [f"{frame:05d}.png" for frame in range(10)]
    lists = [json.dumps(dict.fromkeys(part, 3)).encode() for part in (names[:5], names[5:])]
    finish(plan, lists)
    for name in names:
        (images / name).write_bytes(b"png")
    assert missing(plan) == []
    (images / names[7]).write_bytes(b"half")
    assert missing(plan) == [1]
    (images / names[0]).unlink()
    assert missing(plan) == [0, 1]


def test_what_chunks_tell_of_frames_each_is_told_of_the_first(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    told = [
        (f"frame {frame}: a dialog is shown; x", f"overlay a.html: frame {frame}: y")
        for frame in (3, 5)
    ]
    finish(plan, [b"a", b"b"], (told[0], (*told[1], "frame 5: z")))
    assert chunk_warnings(chunk_records(plan)) == (*told[0], "frame 5: z")


def test_what_chunks_tell_of_their_frames_is_said_once(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    known = ("declared nothing",)
    plan = replace(plan, resolved=replace(plan.resolved, warnings=known))
    finish(plan, [b"a", b"b"], (("late.png: not found", *known), ("late.png: not found", "more")))
    assert chunk_warnings(chunk_records(plan), plan.warnings) == ("late.png: not found", "more")
    assert missing(plan) == []


def test_what_cannot_be_digested_is_never_taken_from_an_earlier_run(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    finish(plan, [b"one", b"two"])
    assert missing(plan) == []
    assert plan.facts is not None
    unknown = replace(plan, facts=replace(plan.facts, undigested=("https://example.org/live",)))
    assert missing(unknown) == [0, 1]


def test_a_list_of_images_is_on_the_disk_before_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, link = os.fsync, os.link

    def synced(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_file() and path.read_bytes()[:3] == b'{"0':
            steps.append("list on the disk")
        fsync(descriptor)

    def linked(source: Path, target: Path) -> None:
        if target.name.endswith(RECORD_SUFFIX):
            steps.append("record")
        link(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "link", linked)

    def draw(frame: int) -> NDArray[np.uint8]:
        return np.full((16, 16, 3), frame, np.uint8)

    helios.render(draw, tmp_path / "images", width=16, height=16, frame_count=2, frames="png")
    assert steps == ["list on the disk", "record"]
