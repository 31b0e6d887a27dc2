"""One process answers calls of every kind, one after the other, in one protocol."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.sounds import wav

from helios.errors import (
    CompositionNotFound,
    HeliosError,
    OptionError,
    RenderError,
    ScriptError,
)
from helios.executors.call import ExportCall, InspectCall, ProbeCall, Reply, StillCall
from helios.executors.spawn import start_child
from helios.executors.worker import Worker
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions
from helios.model.progress import Stage
from helios.planning.needs import ChunkNeeds
from helios.planning.planner import plan_render
from helios.process.child import PIPE, Spawn, start
from helios.rendering.local import chunk_call

FILM = """
import os, signal
import numpy as np

class Film:
    fps = 10
    duration = 2

    def draw(self, frame, context):
        print("a composition may print")
        if context.props.get("dies"):
            os.kill(os.getpid(), signal.SIGKILL)
        return np.full((context.height, context.width, 3), 10 * frame, np.uint8)
"""
SMALL = {"width": 16, "height": 16}
TELLING = """
import pathlib, time
import numpy as np

class Film:
    fps = 20
    duration = 2

    def __init__(self):
        self._log("opened")

    def draw(self, frame, context):
        time.sleep(context.props.get("sleep", 0.05))
        if frame == context.props.get("raise_at"):
            raise ValueError("no such colour")
        return np.full((context.height, context.width, 3), frame, np.uint8)

    def close(self):
        self._log("closed")

    def _log(self, what):
        with open(__file__.replace("telling.py", "log"), "a") as stream:
            stream.write(what + "\\n")
"""


FORKED = """
import os, sys
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from helios.children.__main__ import forked, load_for_forks

load_for_forks()
assert len(os.listdir("/proc/self/task")) == 1, "a process with threads is not to be forked"
loaded = set(sys.modules)
forked()
ours = [name for name in sys.modules if name.startswith(("helios.", "av."))]
sys.stderr.write(f"loaded later: {sorted(set(ours) - loaded)}")
sys.stderr.flush()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "film.py").write_text(FILM)
    return tmp_path


@pytest.fixture
def printed() -> list[str]:
    return []


@pytest.fixture
def worker(printed: list[str]) -> Iterator[Worker]:
    worker = Worker(start_child("test"), log=printed.append)
    yield worker
    worker.kill()


def still(folder: Path, name: str, **values: object) -> StillCall:
    options = RenderOptions.read({**SMALL, "startFrame": 7, "frameCount": 1, **values})
    return StillCall(composition=name, folder=folder, options=options, image=folder / "still.png")


def test_a_process_is_used_for_one_call_after_the_other(
    worker: Worker, folder: Path, printed: list[str]
) -> None:
    place = f"{folder / 'film.py'}:Film"
    film = Composition(kind=CompositionKind.PYTHON, location=place, root=folder)
    pid = worker.pid
    found = worker.call(
        InspectCall(composition=film, options=RenderOptions.read(SMALL), sounds_folder=folder)
    )
    assert found.facts is not None
    assert found.facts.declared_duration_s == Fraction(2)

    said: list[str] = []
    worker.call(still(folder, "film.py:Film"), on_print=said.append)
    assert said == ["a composition may print"]
    assert np.array(Image.open(folder / "still.png"))[0, 0].tolist() == [70, 70, 70]
    assert "a composition may print" in printed

    with pytest.raises(CompositionNotFound) as caught:
        worker.call(still(folder, "nothing.html"))
    assert "nothing.html" in caught.value.message
    assert caught.value.hint

    heard: list[Reply] = []
    config = {**SMALL, "composition": "film.py:Film", "output": "film.mp4", "frameCount": 3}
    done = worker.call(ExportCall(config=config, folder=folder), on_reply=heard.append)
    assert done.film is not None
    assert (done.film.output_path, done.film.frame_count) == (str(folder / "film.mp4"), 3)
    assert {reply.event for reply in heard} == {"progress"}
    here = (folder / "film.mp4").read_bytes()
    threads = "concurrent.futures:ThreadPoolExecutor"
    worker.call(ExportCall(config=config, folder=folder, executor=threads))
    assert (folder / "film.mp4").read_bytes() == here
    with pytest.raises(OptionError, match="no engine 'dusk'"):
        worker.call(ExportCall(config=config, folder=folder, executor="dusk"))
    needs = ChunkNeeds(cpu=2)
    with pytest.raises(OptionError, match="told nothing of machines"):
        worker.call(ExportCall(config=config, folder=folder, executor=threads, needs=needs))
    with pytest.raises(HeliosError, match="--colour: no such option"):
        worker.call(ExportCall(config={**config, "colour": "red"}, folder=folder))

    sound = folder / "sound.wav"
    sound.write_bytes(wav(np.full((4_800, 2), 0.5, np.float32)))
    probed = worker.call(ProbeCall(sound=sound, cpu_s=60))
    assert probed.sound is not None
    assert probed.sound.duration == pytest.approx(0.1)
    assert max(probed.sound.levels) == 1
    assert worker.pid == pid


def test_a_process_that_dies_in_a_call_names_the_call(worker: Worker, folder: Path) -> None:
    died = "the process of the still was killed by signal 9"
    with pytest.raises(RenderError, match=died) as caught:
        worker.call(still(folder, "film.py:Film", props={"dies": True}))
    assert caught.value.retry


def test_a_film_is_opened_once_and_closed(worker: Worker, folder: Path) -> None:
    (folder / "telling.py").write_text(TELLING)
    place = f"{folder / 'telling.py'}:Film"
    film = Composition(kind=CompositionKind.PYTHON, location=place, root=folder)
    options = RenderOptions.read({**SMALL, "chunkFrames": 10})
    known = CompositionFacts(composition=film, declared_duration_s=Fraction(2))
    plan = plan_render(film, folder / "film.mp4", options, known)
    plan.work_folder.mkdir()
    heard: list[Reply] = []
    for chunk in plan.chunks[1:4]:
        worker.call(chunk_call(plan, chunk), on_reply=heard.append)
    worker.close()
    assert (folder / "log").read_text().split() == ["opened", "closed"]
    assert {reply.chunk_id for reply in heard if reply.event == "drawn"} == {1, 2, 3}
    assert [reply.chunk_id for reply in heard if reply.event == "committed"] == [1, 2, 3]


@pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")
def test_a_forked_worker_has_loaded_all_that_a_python_film_needs(folder: Path) -> None:
    """What it loaded itself every one of many would load again."""
    place = f"{folder / 'film.py'}:Film"
    film = Composition(kind=CompositionKind.PYTHON, location=place, root=folder)
    plan = plan_render(film, folder / "film.mp4", RenderOptions.read({**SMALL, "frameCount": 3}))
    plan.work_folder.mkdir()
    program = [sys.executable, "-P", "-c", FORKED]
    child = start(Spawn(argv=program, stdin=PIPE, stdout=PIPE, stderr=PIPE))
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdin.write(chunk_call(plan, plan.chunks[0]).model_dump_json().encode() + b"\n")
    child.stdin.close()
    told = [json.loads(line) for line in child.stdout]
    assert [each["event"] for each in told][-2:] == ["committed", "done"]
    assert b"loaded later: []" in child.stderr.read()
    child.stop(0)


def test_a_film_that_failed_keeps_its_chunks(worker: Worker, folder: Path) -> None:
    (folder / "telling.py").write_text(TELLING)
    config = {**SMALL, "composition": "telling.py:Film", "output": "film.mp4", "chunkFrames": 5}
    config["props"] = {"raise_at": 12, "sleep": 0}
    with pytest.raises(ScriptError, match="no such colour"):
        worker.call(ExportCall(config={**config, "workers": 1}, folder=folder))
    assert list(folder.glob(".helios-*/*.commit.json"))


def test_a_film_is_stopped_by_a_signal(worker: Worker, folder: Path) -> None:
    (folder / "telling.py").write_text(TELLING)
    config = {**SMALL, "composition": "telling.py:Film", "output": "film.mp4"}
    config["props"] = {"sleep": 60}
    call = ExportCall(config=config, folder=folder)

    def stop(reply: Reply) -> None:
        assert reply.progress is not None
        if reply.progress.stage is Stage.ANALYZING:
            os.kill(worker.pid, signal.SIGTERM)

    with pytest.raises(RenderError, match="stopped by a signal from outside") as caught:
        worker.call(call, on_reply=stop)
    assert caught.value.retry


def test_a_bug_is_told_by_its_name(worker: Worker, folder: Path) -> None:
    asked = still(folder, "film.py:Film").model_copy(update={"image": folder / "still.nothing"})
    with pytest.raises(RenderError, match="ValueError: unknown file extension"):
        worker.call(asked)
