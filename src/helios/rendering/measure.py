"""What a film costs on this machine: measured on stretches of it that are drawn and joined."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path

from helios.commit.record import ChunkRecords, CommitRecord, image_names
from helios.commit.store import FolderStore
from helios.errors import RenderError
from helios.executors.call import ChunkRange
from helios.executors.pool import WorkerPool
from helios.files.hold import temporary_folder
from helios.model.audio import SAMPLE_RATE
from helios.model.composition import Composition
from helios.model.formats import ANIMATIONS, video_codec
from helios.model.options import RenderOptions
from helios.model.timebase import sample_index
from helios.planning.planner import RenderPlan
from helios.planning.simulate import Costs
from helios.planning.workers import REPLAY_COST, filled_encoder_bytes
from helios.process.memory import tree_own_bytes, tree_processor_s
from helios.rendering.film import finish_film, sound_of
from helios.rendering.local import chunk_call
from helios.rendering.look import planned
from helios.rendering.prepare import prepare_plan

BUDGET_S = 8.0
"""For all stretches together, roughly."""
_STRETCHES = 5
_FIRST_FRAMES = 5
_LARGE_PIXELS = 3840 * 2160
"""Of pictures that may take seconds: the first of them tells."""
_SLOW_FRAME_S = 1.0
"""Frames that take so long are drawn one by one: beside them, what a chunk costs is nothing."""
_LOOKED_AT_EVERY_S = 0.3


def measured(
    composition: Composition,
    output: Path,
    options: RenderOptions,
    *,
    base: Path | None = None,
    alone: bool = False,
) -> tuple[RenderPlan, Costs]:
    """The plan of a film, and what it costs here.

    Args:
        composition: what draws.
        output: the film; it is not made.
        options: as for the film.
        base: where relative names of the options lead; the current folder by default.
        alone: what draws has not looked: a machine of a farm, which begins with a job file.

    Raises:
        HeliosError: it cannot be planned or drawn.
    """
    began = time.monotonic()
    with temporary_folder(Path(tempfile.gettempdir())) as folder:
        asked = prepare_plan(composition, output, options, base or Path.cwd())
        with ExitStack() as stack:
            pool = stack.enter_context(WorkerPool())
            plan = planned(asked, pool, folder)
            look_s = time.monotonic() - began
            if alone:
                pool.close()
                pool = stack.enter_context(WorkerPool())
            return plan, _Measurement(plan, pool, folder).costs(look_s)


class _Measurement:
    def __init__(self, plan: RenderPlan, pool: WorkerPool, folder: Path) -> None:
        self._plan = plan
        self._pool = pool
        self._folder = folder
        self._records = ChunkRecords(FolderStore(folder))
        whole = chunk_call(plan, plan.chunks[0])
        images = folder if plan.options.frames else None
        self._call = whole.model_copy(update={"store": FolderStore(folder).url, "images": images})
        self._start, self._end = plan.chunks[0].start_frame, plan.chunks[-1].end_frame
        self._own_bytes = tree_own_bytes(os.getpid())
        self._all_bytes = 0
        self._looked_at = 0.0
        self._used: list[tuple[float, float]] = []
        """Seconds of processors and of a clock, of each call."""

    def costs(self, look_s: float) -> Costs:
        """Draw, join and measure."""
        replay = REPLAY_COST.get(self._plan.composition.kind, 0.0)
        settings = self._plan.encode
        is_large = settings.width * settings.height >= _LARGE_PIXELS
        most = 1 if is_large else _FIRST_FRAMES
        count = min(most, self._plan.total_frames)
        cold_s, (first,) = self._drawn(self._start, [count])
        records = [first]
        here = first.start_frame + first.frame_count
        guess_s = first.seconds / first.frame_count
        chunk_s = 0.0
        if here < self._end and guess_s < _SLOW_FRAME_S:
            count = min(_FIRST_FRAMES, self._end - here)
            warm_s, (warm,) = self._drawn(here, [count])
            chunk_s = max(0.0, warm_s - warm.seconds)
            records = [warm]
            here = warm.start_frame + warm.frame_count
            guess_s = min(guess_s, warm.seconds / warm.frame_count)
        if found := list(self._stretches(here, guess_s, replay)):
            records = found
        frames = sum(each.frame_count for each in records)
        frame_s = sum(each.seconds for each in records) / frames
        # Each of these records was the work of one call.
        busy_s, passed_s = map(sum, zip(*self._used[-len(records) :], strict=True))
        finish_s, film_frame_bytes = self._finished(records, frames)
        encode = self._plan.encode
        # More than the few frames that were measured let it hold.
        filled = filled_encoder_bytes(
            self._plan.total_frames, encode.width, encode.height, video_codec(encode.encoder)
        )
        return Costs(
            look_s=look_s,
            start_s=max(0.0, cold_s - first.frame_count * frame_s - chunk_s),
            frame_s=frame_s,
            chunk_s=chunk_s,
            frame_bytes=sum(map(self._size, records)) / frames,
            busy_cores=busy_s / passed_s,
            replay_s=replay * frame_s,
            finish_s=finish_s,
            film_frame_bytes=film_frame_bytes,
            own_bytes=self._own_bytes,
            worker_bytes=max(self._all_bytes - self._own_bytes, filled),
        )

    def _stretches(self, here: int, frame_s: float, replay: float) -> Iterator[CommitRecord]:
        """Evenly spread, as far as the budget takes: a page lives through what is between. Frames
        before each let the encoder and what draws fall into step."""
        group = self._plan.encode.gop_frames
        most = _STRETCHES if frame_s < _SLOW_FRAME_S else 1
        affordable = int(BUDGET_S / most / 1.5 / max(frame_s, 1e-3))
        length = max(2, min(2 * group, affordable, (self._end - here) * 2 // 3))
        lead = max(1, length // 2)
        count = min(most, (self._end - here) // (lead + length))
        room = self._end - here - count * (lead + length)
        until = time.monotonic() + BUDGET_S
        for number in range(count):
            between = room // count  # half of it before the first and after the last
            wanted = here + (between if number else between // 2)
            if replay:
                left_s = max(0.0, until - time.monotonic())
                wanted = min(wanted, here + int(left_s / (count - number) / (frame_s * replay)))
            _, (_, record) = self._drawn(wanted, [lead, length])
            yield record
            here = wanted + lead + length
            if time.monotonic() > until:
                return

    def _drawn(self, start: int, counts: list[int]) -> tuple[float, list[CommitRecord]]:
        """Draw adjacent parts: how long the call took, and the record of each."""
        parts = []
        for count in counts:
            name = f"sample_{start}{Path(self._call.first.output_name).suffix}"
            parts.append(
                self._call.first.model_copy(
                    update={"start_frame": start, "frame_count": count, "output_name": name}
                )
            )
            start += count
        busy_s, began = tree_processor_s(os.getpid()), time.monotonic()
        self._pool.call(self._call.model_copy(update={"chunks": tuple(parts)}), self)
        seconds = time.monotonic() - began
        self._used.append((max(0.0, tree_processor_s(os.getpid()) - busy_s), seconds))
        self._see_memory()
        return seconds, [self._record(part) for part in parts]

    def _record(self, part: ChunkRange) -> CommitRecord:
        record = self._records.read(part.output_name)
        if record is None:
            raise RenderError("a sample was drawn and is not there")
        return record

    def on_frames(self, _chunk_id: int, _frames: int) -> None:
        """See ``RunListener``: an encoder at work needs more memory than one that has finished."""
        if time.monotonic() - self._looked_at > _LOOKED_AT_EVERY_S:
            self._see_memory()

    def on_committed(self, chunk_id: int, record: CommitRecord, *, cached: bool = False) -> None:
        """See ``RunListener``."""

    def on_print(self, chunk_id: int, line: str) -> None:
        """See ``RunListener``."""

    def _see_memory(self) -> None:
        self._all_bytes = max(self._all_bytes, tree_own_bytes(os.getpid()))
        self._looked_at = time.monotonic()

    def _size(self, record: CommitRecord) -> int:
        if self._plan.options.frames is None:
            return record.size
        return sum(image_names(self._folder / record.payload).values())

    def _finished(self, records: list[CommitRecord], frames: int) -> tuple[float, float]:
        """A film of the samples, with as much sound: seconds and bytes of a frame of it."""
        plan = self._plan
        if plan.options.frames is not None:
            return 0.0, sum(map(self._size, records)) / frames
        from helios.media.probe import picture_packets
        from helios.merge.parts import Part

        starts = accumulate((each.frame_count for each in records), initial=0)
        parts = [
            Part(path=self._folder / each.payload, start_frame=start, frame_count=each.frame_count)
            for each, start in zip(records, starts, strict=False)
        ]
        samples = sample_index(frames, plan.fps, SAMPLE_RATE)
        film = self._folder / f"joined{plan.final_output_file.suffix}"
        began = time.monotonic()
        done = finish_film(
            film,
            parts,
            plan.options,
            sound_of(plan, samples),
            fps=plan.fps,
            total_frames=frames,
        )
        seconds = time.monotonic() - began
        if film.suffix.lower().lstrip(".") in ANIMATIONS:
            return seconds / frames, done.size_bytes / frames
        packets = picture_packets(film)
        rest = done.size_bytes - sum(size for size, _ in packets)
        return seconds / frames, rest / frames + _picture_bytes(packets, plan.encode.gop_frames)


def _picture_bytes(packets: list[tuple[int, bool]], group_frames: int) -> float:
    """Of a frame of a film, which has fewer key frames than its samples if these are short."""
    keys = [size for size, is_key in packets if is_key]
    others = [size for size, is_key in packets if not is_key]
    if not keys or not others:
        return sum(size for size, _ in packets) / len(packets)
    key, other = sum(keys) / len(keys), sum(others) / len(others)
    return (key + (group_frames - 1) * other) / group_frames
