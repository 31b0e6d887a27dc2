"""``helios watch`` on a function that is edited: each save becomes a film, a mistake none."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.commandline import ended_with_block, environment

from helios.media.pictures import picture_at

GREY = """
import numpy as np
def draw(frame, context):
    return np.full((context.height, context.width, 3), {level}, np.uint8)
draw.duration, draw.fps = 0.2, 10
"""


def test_a_save_becomes_a_film_and_a_mistake_does_not_end_it(tmp_path: Path) -> None:
    source, film = tmp_path / "grey.py", tmp_path / "film.mp4"
    source.write_text(GREY.format(level=200))
    words = ("watch", "grey.py:draw", "-o", film, "--width", "64", "--height", "48", "--json")
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "helios", *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as program:
        assert program.stdout is not None

        def ended() -> dict[str, Any]:
            assert program.stdout is not None
            for line in program.stdout:
                event: dict[str, Any] = json.loads(line)
                if event["event"] in {"done", "error"}:
                    return event
            raise AssertionError("it ended")

        with ended_with_block(program):
            assert ended()["frames"] == 2
            assert abs(int(picture_at(film, 0)[20, 20, 0]) - 200) < 4
            source.write_text(GREY.format(level="none"))
            assert "none" in ended()["message"]
            source.write_text(GREY.format(level=90))
            assert ended()["event"] == "done"
            assert abs(int(picture_at(film, 0)[20, 20, 0]) - 90) < 4
            program.send_signal(signal.SIGINT)
            assert program.wait(60) == 130
