"""One process answers calls of every kind, one after the other, in one protocol."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.sounds import wav

from helios.errors import CompositionNotFound, HeliosError, RenderError
from helios.executors.call import ExportCall, InspectCall, ProbeCall, Reply, StillCall
from helios.executors.spawn import start_child
from helios.executors.worker import Worker
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions

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

    worker.call(still(folder, "film.py:Film"))
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
    with pytest.raises(RenderError, match="the process of the still was killed by signal 9"):
        worker.call(still(folder, "film.py:Film", props={"dies": True}))
