"""What a frame of a composition costs on this machine, measured on a few."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from helios.commit.record import ChunkRecords, CommitRecord
from helios.commit.store import FolderStore
from helios.errors import RenderError
from helios.executors.call import ChunkCall
from helios.executors.pool import WorkerPool
from helios.files.hold import temporary_folder
from helios.model.composition import Composition
from helios.model.options import RenderOptions
from helios.planning.planner import RenderPlan
from helios.planning.simulate import Costs
from helios.planning.workers import REPLAY_COST
from helios.rendering.local import chunk_call
from helios.rendering.look import planned
from helios.rendering.prepare import prepare

_MOST_FRAMES = 60


def measured(
    composition: Composition, output: Path, options: RenderOptions, link_bytes_per_s: float
) -> tuple[RenderPlan, Costs]:
    """The plan of a film, and what its frames cost here: two samples are drawn, one by a process
    that starts, and one by the same when it is warm.

    Raises:
        HeliosError: it cannot be planned or drawn.
    """
    with temporary_folder(Path(tempfile.gettempdir())) as folder:
        pool = WorkerPool()
        try:
            asked = prepare(composition, output.absolute(), options, Path.cwd())
            plan = planned(asked, pool, folder)
        finally:
            pool.close()
        whole = chunk_call(plan, plan.chunks[0])
        call = whole.model_copy(update={"store": FolderStore(folder).url, "images": None})
        count = max(1, min(_MOST_FRAMES, plan.total_frames // 2))
        pool = WorkerPool()
        try:
            start = plan.chunks[0].start_frame
            later = min(start + count, plan.chunks[-1].end_frame - count)
            cold_s, first = _drawn(pool, call, start, count, folder)
            warm_s, record = _drawn(pool, call, later, count, folder)
        finally:
            pool.close()
    frame_s = record.seconds / count
    chunk_s = max(0.0, warm_s - record.seconds)
    return plan, Costs(
        start_s=max(0.0, cold_s - first.seconds - chunk_s),
        frame_s=frame_s,
        chunk_s=chunk_s,
        frame_bytes=record.size / count,
        replay_s=REPLAY_COST.get(plan.composition.kind, 0.0) * frame_s,
        link_bytes_per_s=link_bytes_per_s,
    )


def _drawn(
    pool: WorkerPool, call: ChunkCall, start: int, count: int, folder: Path
) -> tuple[float, CommitRecord]:
    name = f"sample_{start}{Path(call.first.output_name).suffix}"
    sample = call.first.model_copy(
        update={"start_frame": start, "frame_count": count, "output_name": name}
    )
    began = time.monotonic()
    pool.call(call.model_copy(update={"chunks": (sample,)}))
    seconds = time.monotonic() - began
    record = ChunkRecords(FolderStore(folder)).read(name)
    if record is None:
        raise RenderError("a sample was drawn and is not there")
    return seconds, record
