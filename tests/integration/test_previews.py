"""Previews by the real process: its pictures are the film's."""

from __future__ import annotations

import io
import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.sounds import wav

import helios
from helios.errors import CompositionNotFound, OptionError, RenderError
from helios.executors.call import PreviewPicture
from helios.model.options import RenderOptions
from helios.preview.service import PreviewRequest, PreviewService
from helios.scene.library import template_names

FILM = """
import numpy as np

class Film:
    fps = 10
    duration = 2
    width = 320
    height = 180

    def draw(self, frame, context):
        if frame == 13:
            raise ValueError("unlucky")
        y, x = np.mgrid[0:context.height, 0:context.width]
        red = np.full(x.shape, 10 * frame + LIFT)
        return np.stack([red, x % 256, y % 256], axis=-1).astype(np.uint8)
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PreviewService]:
    temporary = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        patch.setenv("TMPDIR", str(temporary))
        service = PreviewService()
        yield service
        service.close()
    assert list(temporary.iterdir()) == [], "nothing is left, also of processes that were killed"


@pytest.fixture
def film(tmp_path: Path) -> str:
    write(tmp_path, 0)
    return "film.py:Film"


def write(folder: Path, lift: int) -> None:
    (folder / "film.py").write_text(FILM.replace("LIFT", str(lift)))


def seen(
    service: PreviewService, folder: Path, composition: str, options: Any = None, **values: Any
) -> list[PreviewPicture]:
    request = PreviewRequest(
        composition=composition,
        folder=folder,
        options=RenderOptions.read(options or {}),
        **{"side": 160, **values},
    )
    return list(service.pictures(request))


def pixels(picture: PreviewPicture) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(picture.data)) as image:
        assert image.size == (picture.width, picture.height)
        return np.asarray(image)


def test_pictures_are_the_films_frames_at_the_size_asked_for(
    service: PreviewService, tmp_path: Path, film: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = seen(service, tmp_path, film, start_frame=4, frame_count=3, encoding="png")
    assert [(each.frame, each.width, each.height) for each in drawn] == [
        (frame, 160, 90) for frame in (4, 5, 6)
    ]
    assert {(each.total_frames, each.fps) for each in drawn} == {(20, "10")}
    monkeypatch.chdir(tmp_path)
    for each in drawn:
        still = helios.still(film, frame=each.frame, scale="1/2")
        assert np.array_equal(pixels(each), still)
    (full,) = seen(service, tmp_path, film, start_frame=4, side=4096, encoding="png")
    assert np.array_equal(pixels(full), helios.still(film, frame=4))


@pytest.mark.parametrize(("encoding", "kind"), [("jpeg", "JPEG"), ("webp", "WEBP"), ("png", "PNG")])
def test_pictures_come_as_they_are_wanted(
    service: PreviewService, tmp_path: Path, film: str, encoding: str, kind: str
) -> None:
    (picture,) = seen(service, tmp_path, film, start_frame=9, encoding=encoding)
    with Image.open(io.BytesIO(picture.data)) as image:
        assert image.format == kind
    assert abs(pixels(picture)[..., 0].astype(int).mean() - 90) < 8


def test_beyond_the_end_the_last_frame_is_shown(
    service: PreviewService, tmp_path: Path, film: str
) -> None:
    drawn = seen(service, tmp_path, film, start_frame=18, frame_count=50)
    assert [each.frame for each in drawn] == [18, 19]
    (last,) = seen(service, tmp_path, film, start_frame=5000, frame_count=3)
    assert last.frame == 19
    drawn = seen(service, tmp_path, film, start_frame=14, frame_count=9, step=4)
    assert [each.frame for each in drawn] == [14, 18]


def test_what_was_written_meanwhile_is_seen(
    service: PreviewService, tmp_path: Path, film: str
) -> None:
    assert pixels(seen(service, tmp_path, film, encoding="png")[0])[0, 0, 0] == 0
    write(tmp_path, 77)
    assert pixels(seen(service, tmp_path, film, encoding="png")[0])[0, 0, 0] == 77


def test_a_frame_that_fails_is_an_error_and_the_next_is_drawn(
    service: PreviewService, tmp_path: Path, film: str
) -> None:
    with pytest.raises(RenderError, match="unlucky"):
        seen(service, tmp_path, film, start_frame=13)
    assert seen(service, tmp_path, film, start_frame=14)[0].frame == 14
    with pytest.raises(CompositionNotFound):
        seen(service, tmp_path, "nothing.py:Film")
    with pytest.raises(OptionError):
        seen(service, tmp_path, film, {"startFrame": 500})


def test_a_process_that_was_killed_is_replaced(
    service: PreviewService, tmp_path: Path, film: str
) -> None:
    seen(service, tmp_path, film)
    assert service._worker is not None
    pid = service._worker.pid
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)
    assert seen(service, tmp_path, film, start_frame=3)[0].frame == 3
    assert service._worker.pid != pid


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_scene_over_its_song_is_the_films(
    service: PreviewService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    song = tmp_path / "song.wav"
    t = np.arange(3 * 48_000) / 48_000
    song.write_bytes(wav(np.sin(2 * np.pi * 110 * t) * np.exp(-(t % 0.5) * 6)))
    options = {"audio": str(song), "type": "flat-1080p-landscape", "fps": "24"}
    drawn = seen(
        service, tmp_path, "aurora", options, start_frame=30, frame_count=2, encoding="png"
    )
    again = seen(service, tmp_path, "aurora", options, start_frame=31, encoding="png")
    assert again[0].data == drawn[1].data
    for each in drawn:
        still = helios.still("aurora", None, options, frame=each.frame, scale="1/12")
        assert np.array_equal(pixels(each), still)
    # A few looks at times by chance; ``python -m benchmarks.stage`` takes twenty at a larger size.
    chance = random.Random(17)
    for template in chance.sample(template_names(), 3):
        frame = chance.randrange(72)
        values = {"exposure": chance.uniform(0.5, 2), "sky": {"brightness": chance.uniform(0, 2)}}
        look = {**options, "props": values}
        (shown,) = seen(service, tmp_path, template, look, start_frame=frame, encoding="png")
        still = helios.still(template, None, look, frame=frame, scale="1/12")
        assert np.array_equal(pixels(shown), still), (template, frame, values)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_look_changes_the_picture(service: PreviewService, tmp_path: Path) -> None:
    options = {"type": "flat-1080p-landscape", "duration": "2"}

    def mean(**props: Any) -> float:
        (drawn,) = seen(
            service, tmp_path, "cosmicVoid", {**options, "props": props}, encoding="png"
        )
        return float(pixels(drawn).mean())

    plain, dark = mean(), mean(sky={"brightness": 0})
    assert dark < 0.9 * plain, "most of the light is not the sky's"
    assert dark < 0.7 * mean(sky={"brightness": 3})
    assert mean(songTitle="Morning") == plain
    with pytest.raises(OptionError, match="brightnes"):
        mean(sky={"brightnes": 2})


PAGE = """<!doctype html><meta charset="utf-8">
<style>
  body { margin: 0; background: #203040 }
  h1 { margin: 90px 200px; font: 90px sans-serif }
  i { position: absolute; left: 1200px; top: 700px; width: 300px; height: 200px }
</style>
<h1>BODY</h1><i></i><img src="nowhere.png" alt="">
<script>
  window.helios = { duration: 1, fps: 10, schema: {
    tint: { type: "color", default: "#00ff00", label: "Tint of it" } } };
  console.warn("told", 7);
  const box = document.querySelector("i");
  box.style.background = window.__HELIOS_PROPS__?.tint ?? "#00ff00";
  requestAnimationFrame(function paint(ms) {
    box.style.translate = `${ms / 5}px`;
    requestAnimationFrame(paint);
  });
</script>"""


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_page_is_the_films_at_every_size_and_says_what_it_takes(
    service: PreviewService, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    options: dict[str, Any] = {"props": {"tint": "#ff0000"}, "type": "flat-1080p-landscape"}
    (small,) = seen(
        service, tmp_path, "page.html", options, start_frame=5, encoding="png", side=640
    )
    assert small.total_frames == 10
    # In whatever order they are looked at, and played or not, frames are the film's.
    row = seen(service, tmp_path, "page.html", options, frame_count=9, encoding="png", side=640)
    assert [each.frame for each in row] == list(range(9))
    assert row[5].data == small.data
    film = list(helios.frames(page, RenderOptions.read(options)))
    for frame in (9, 2, 5):
        (whole,) = seen(
            service, tmp_path, "page.html", options, start_frame=frame, encoding="png", side=1920
        )
        assert np.array_equal(pixels(whole), film[frame])
    still = film[5]
    thirds = still.reshape(360, 3, 640, 3, 3).mean(axis=(1, 3))
    assert 10 * np.log10(255**2 / np.mean((pixels(small) - thirds) ** 2)) >= 35
    words = service.words("page.html", tmp_path, RenderOptions.read(options))
    assert words is not None
    told, missing = words.console
    assert told == "warning: told 7"
    assert "nowhere.png" in missing
    assert words.form["properties"]["tint"] == {
        "type": "string",
        "format": "color",
        "default": "#00ff00",
        "title": "Tint of it",
    }
    (tmp_path / "props.schema.json").write_text(
        '{"type": "object", "properties": {"speed": {"type": "number"}}}'
    )
    page.write_text(PAGE.replace("box.style", "nothing.style"))
    words = service.words("page.html", tmp_path, RenderOptions())
    assert words is not None
    assert set(words.form["properties"]) == {"speed"}
    assert words.console == ("warning: told 7",)
    assert service.words("aurora", tmp_path, RenderOptions()) is None
