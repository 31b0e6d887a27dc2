"""A source is opened once for the chunks of a film that follow one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios.drawing.host import CompositionHost
from helios.errors import CompositionNotFound
from helios.executors.call import ChunkCall, ChunkRange
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions
from helios.planning.resolve import resolve

FILM = """
import numpy as np

class Film:
    def __init__(self):
        self._log("opened")

    def draw(self, frame, context):
        return np.full((context.height, context.width, 3), frame, np.uint8)

    def close(self):
        self._log("closed")

    def _log(self, what):
        with open(__file__.replace("film.py", "log"), "a") as stream:
            stream.write(what + "\\n")
"""


def _call(folder: Path, start_frame: int, *, seed: int = 1, location: str = "") -> ChunkCall:
    options = RenderOptions(width=16, height=16, fps=10, duration=1, seed=seed)
    resolved = resolve(CompositionKind.PYTHON, folder / "film.mp4", options, None)
    location = location or f"{folder / 'film.py'}:Film"
    return ChunkCall(
        composition=Composition(kind=CompositionKind.PYTHON, location=location, root=folder),
        draw=resolved.draw,
        encode=resolved.encode,
        facts=None,
        store=str(folder),
        chunks=(
            ChunkRange(
                id=start_frame,
                start_frame=start_frame,
                frame_count=5,
                output_name=f"part_{start_frame}.mp4",
                settings_digest=str(start_frame),
            ),
        ),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "film.py").write_text(FILM)
    return tmp_path


def _log(folder: Path) -> list[str]:
    return (folder / "log").read_text().split()


def test_the_next_chunk_of_a_film_goes_on_with_the_open_source(folder: Path) -> None:
    with CompositionHost() as host:
        first = host.source_of(_call(folder, 0))
        assert [int(p.planes[0][0, 0, 0]) for p in first.frames(0, 5)] == [0, 1, 2, 3, 4]
        host.keep(_call(folder, 0), first)
        second = host.source_of(_call(folder, 5))
        assert second is first
        assert [int(p.planes[0][0, 0, 0]) for p in second.frames(5, 5)] == [5, 6, 7, 8, 9]
        host.keep(_call(folder, 5), second)
        assert _log(folder) == ["opened"]
    assert _log(folder) == ["opened", "closed"]


def test_another_film_closes_what_was_kept(folder: Path) -> None:
    with CompositionHost() as host:
        first = host.source_of(_call(folder, 0))
        host.keep(_call(folder, 0), first)
        other = host.source_of(_call(folder, 5, seed=2))
        assert other is not first
        assert _log(folder) == ["opened", "closed", "opened"]
        host.keep(_call(folder, 5, seed=2), other)
        with pytest.raises(CompositionNotFound):
            host.source_of(_call(folder, 0, location="nothing.py:Film"))
    assert _log(folder) == ["opened", "closed", "opened", "closed"]
