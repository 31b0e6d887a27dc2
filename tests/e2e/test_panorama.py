"""Films that go all around, from the command line to the metadata."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.commandline import ROOT
from tests.ready import helios

from helios.model.formats import StereoLayout
from helios.projection.equirect import cut_perspective
from helios.spatial.inspect import inspect_film
from helios.spatial.validate import validate_film

pytestmark = [pytest.mark.slow]
TEMPLATE = ROOT / "src" / "helios" / "scene" / "templates" / "etherealFlame.json"


def last_picture(path: Path) -> NDArray[np.uint8]:
    with av.open(str(path)) as film:
        *_, frame = film.decode(video=0)
        return frame.to_ndarray(format="rgb24")


@pytest.mark.browser
def test_a_page_is_asked_for_every_direction_and_both_eyes(tmp_path: Path) -> None:
    flags = ("--type", "360-stereo-4k", "--width", 512, "--height", 512, "--panorama", "cubemap")
    helios(
        "render",
        ROOT / "examples" / "panorama",
        "-o",
        "film_360_TB.mp4",
        *flags,
        "--start-frame",
        3,
        "--frame-count",
        4,
        "--concurrency",
        2,
        cwd=tmp_path,
    )
    film = tmp_path / "film_360_TB.mp4"
    report = inspect_film(film)
    assert report.v1 is not None
    assert report.v2 is not None
    assert report.v2.stereo is StereoLayout.TOP_BOTTOM
    assert report.video[0].frame_count == 4
    assert validate_film(film).is_valid
    picture = last_picture(film).astype(int)
    for top in (0, 256):
        eye = picture[top : top + 256]
        seen = {
            "green": eye[150, 230],
            "red": eye[150, 390],
            "cyan": eye[140, 128],
            "magenta": eye[140, 505],
            "light": eye[5, 300],
            "dark": eye[250, 300],
        }
        lit = {name: "".join(str(int(value > 100)) for value in seen[name]) for name in seen}
        assert (lit["red"], lit["green"], lit["cyan"]) == ("100", "010", "011")
        assert lit["magenta"] == "101"
        assert seen["light"].min() > 190
        assert seen["dark"].max() < 80
    left, right = (_dot_ahead(picture[top : top + 256]) for top in (0, 256))
    assert left > right + 0.5, "what is near and ahead lies further right for the left eye"


def _dot_ahead(eye: NDArray[np.int_]) -> float:
    """The column of what is white in front."""
    front = eye[110:146, 230:290]
    return float(np.flatnonzero((front.min(axis=2) > 200).any(axis=0)).mean())


THREE_PAGE = """<!doctype html><canvas id="c"></canvas><script>
const canvas = document.getElementById("c"), context = canvas.getContext("2d");
class Camera {
  constructor() {
    this.position = { x: 5, y: 6, z: 7 };
    this.up = { set: (...axis) => (this.raised = axis) };
    // Heads to the right and looks down; Helios keeps the heading and levels the horizon.
    const [s, c] = [Math.sin(0.6), Math.cos(0.6)];
    this.matrixWorld = { elements: [0, 0, 1, 0, s, c, 0, 0, -c, s, 0, 0, 5, 6, 7, 1] };
  }
  clone() { return new Camera(); }
  lookAt(...place) { this.target = place; }
  updateProjectionMatrix() { this.ready = this.fov > 90 && this.aspect === 1; }
}
const renderer = {
  domElement: canvas,
  setPixelRatio() {},
  setSize(width, height) { canvas.width = width; canvas.height = height; },
  render(scene, camera) {
    const ahead = [0, 1, 2].map((n) => camera.target[n] - Object.values(camera.position)[n]);
    const shade = ahead.map((value) => Math.round(128 + 100 * value));
    context.fillStyle = camera.ready && camera.raised ? `rgb(${shade})` : "black";
    context.fillRect(0, 0, canvas.width, canvas.height);
  },
};
const three = { scene: {}, camera: new Camera(), renderer };
window.helios = { duration: 1, fps: 30, seek() {}, three };
</script>"""


@pytest.mark.browser
def test_three_objects_are_enough(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(THREE_PAGE)
    flags = ("--type", "360-mono-4k", "--width", 256, "--height", 128, "--panorama", "cubemap")
    helios("render", "page.html", "-o", "f.mp4", *flags, "--frame-count", 1, cwd=tmp_path)
    picture = last_picture(tmp_path / "f.mp4").astype(int)
    where = {
        (64, 128): (228, 128, 128),
        (64, 192): (128, 128, 228),
        (64, 64): (128, 128, 28),
        (64, 2): (28, 128, 128),
        (3, 100): (128, 228, 128),
        (124, 30): (128, 28, 128),
    }
    for (row, column), colour in where.items():
        assert np.abs(picture[row, column] - colour).max() <= 6


def test_a_scene_becomes_a_film_that_players_know(tmp_path: Path) -> None:
    flags = ("--type", "vr180-4k", "--scale", "1/16", "--frame-count", 4, "--duration", 1)
    view = "--initial-view=-30,5"
    helios("render", TEMPLATE, "-o", "film_180_LR.mp4", *flags, view, cwd=tmp_path)
    report = inspect_film(tmp_path / "film_180_LR.mp4")
    assert report.v2 is not None
    assert report.v2.stereo is StereoLayout.LEFT_RIGHT
    assert float(report.v2.bounds.left) == 0.25
    assert report.v2.view.yaw_deg == -30
    assert not report.oddities
    assert report.is_moov_first


SIGNS = """import numpy as np

def draw(frame, context):
    picture = np.zeros((context.height, context.width, 3), np.uint8)
    turns = (np.arange(context.width) + 0.5) / context.width * 4  # back, left, front, right, back
    colours = np.array([(200, 0, 200), (0, 200, 200), (0, 200, 0), (200, 0, 0), (200, 0, 200)])
    picture[:] = colours[np.round(turns).astype(int)]
    picture[: context.height // 6] = 230
    return picture
"""


@pytest.mark.parametrize(
    ("view", "colour"),
    [("90", (200, 0, 0)), ("-150", (200, 0, 200)), ("30,88", (230, 230, 230))],
)
def test_viewers_begin_where_they_are_told(
    tmp_path: Path, view: str, colour: tuple[int, int, int]
) -> None:
    (tmp_path / "signs.py").write_text(SIGNS)
    flags = (
        "--type",
        "360-mono-4k",
        "--width",
        256,
        "--duration",
        "1/30",
        f"--initial-view={view}",
    )
    helios("render", "signs.py:draw", "-o", "film_360.mp4", *flags, cwd=tmp_path)
    report = inspect_film(tmp_path / "film_360.mp4")
    assert report.v1 is not None
    assert report.v2 is not None
    assert report.v1.view == report.v2.view
    begin = report.v2.view
    seen = cut_perspective(
        last_picture(tmp_path / "film_360.mp4"),
        64,
        64,
        fov_deg=20,
        yaw_deg=begin.yaw_deg,
        pitch_deg=begin.pitch_deg,
    )
    assert np.abs(seen[32, 32].astype(int) - colour).max() < 12


def test_a_shape_players_would_stretch_is_refused_before_drawing(tmp_path: Path) -> None:
    flags = ("--type", "360-mono-4k", "--width", 128, "--height", 128, "--frame-count", 2)
    outcome = helios(
        "render", TEMPLATE, "-o", "film.mp4", *flags, "--duration", 1, cwd=tmp_path, code=2
    )
    assert "twice as wide as high" in outcome.err
    assert "180x90" in outcome.err
    assert not list(tmp_path.iterdir())
