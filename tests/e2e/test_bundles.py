"""Bundles of compositions: the same film where nothing of theirs is left."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.films import sound_of
from tests.ready import helios
from tests.sounds import clicks, wav

from helios.errors import OptionError
from helios.files.cache import cache_home
from helios.model.options import RenderOptions
from helios.rendering.bundle import bundle_composition
from helios.rendering.find import find_composition
from helios.rendering.orchestrator import RenderOrchestrator

SMALL = {"width": 64, "height": 36, "fps": 10, "frame_count": 8}
SCENE = {"name": "small", "layers": [], "sky": {"kind": "image", "file": "skies/sky.png"}}
PYTHON = """
from pathlib import Path
import numpy as np
from helper import level

def draw(frame, context):
    base = level(Path(__file__).parent / "data" / "level.txt")
    return np.full((context.height, context.width, 3), base + frame, np.uint8)
"""
# What is loaded at frame 25, no inspection has seen.
PAGE = """<!doctype html><style>@font-face { font-family: F; src: url(assets/font.ttf) }
body { margin: 0; background: #224; font: 20px F } img { position: absolute; top: 0 }
</style><p>Wide</p>
<script>
let frame = 0
function step() {
  if (frame++ === 25) document.body.append(Object.assign(new Image(), { src: 'assets/late.png' }))
  requestAnimationFrame(step)
}
requestAnimationFrame(step)
</script>"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = cache_home() / "kernels"  # compiled ones are none of the compositions'
    kernels.mkdir(parents=True, exist_ok=True)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "kernels").symlink_to(kernels)
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for name in ("skies", "data", "assets"):
        (folder / name).mkdir(parents=True)
    (folder / "small.json").write_text(json.dumps(SCENE))
    colours = np.linspace(0, 255, 64 * 32 * 3).reshape(32, 64, 3).astype(np.uint8)
    Image.fromarray(colours).save(folder / "skies" / "sky.png")
    (folder / "song.wav").write_bytes(wav(clicks(1, 48_000, [0.3])))
    (folder / "film.py").write_text(PYTHON)
    (folder / "helper.py").write_text("def level(path):\n    return int(path.read_text())\n")
    (folder / "data" / "level.txt").write_text("40")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("secret")
    return folder


def bundled(named: str, source: Path, **options: Any) -> Path:
    target = source.parent / "bundles" / "made.helios"
    bundle_composition(
        find_composition(named, source), RenderOptions(**{**SMALL, **options}), target, source
    )
    return target


def made_twice(named: str, source: Path, **options: Any) -> tuple[Path, Path]:
    """The film of a composition, and that of its bundle on a machine without it."""
    folder = source.parent
    bundle = bundled(named, source, **options)
    first = bundle.read_bytes()
    assert bundled(named, source, **options).read_bytes() == first
    assert b"secret" not in first
    RenderOrchestrator.render(
        find_composition(named, source),
        folder / "here.mp4",
        RenderOptions(**{**SMALL, **options}),
        base=source,
    )
    shutil.rmtree(source)
    RenderOrchestrator.render(find_composition(str(bundle), folder), folder / "there.mp4")
    return folder / "here.mp4", folder / "there.mp4"


def test_python_goes_with_its_folder(source: Path) -> None:
    here, there = made_twice("film.py:draw", source)
    assert here.read_bytes() == there.read_bytes()


def test_a_scene_goes_with_its_sky_and_its_song(source: Path) -> None:
    song = {"file": "song.wav"}
    here, there = made_twice("small.json", source, audio=(song,), react_to=song)
    assert here.read_bytes() == there.read_bytes()
    assert abs(sound_of(there)).max() > 0.1


@pytest.mark.browser
def test_a_page_goes_with_what_it_loads_late(source: Path) -> None:
    (source / "index.html").write_text(PAGE)
    (source / "assets" / "font.ttf").write_bytes(b"no font, but a file")
    Image.new("RGB", (40, 20), (250, 10, 10)).save(source / "assets" / "late.png")
    here, there = made_twice("index.html", source, frame_count=28)
    assert here.read_bytes() == there.read_bytes()


def test_what_a_render_may_have_made_is_taken_and_told_of(source: Path) -> None:
    (source / "old.mp4").touch()
    for name in ("00000.png", "00001.png", "photo.png", "2026.png"):
        shutil.copy(source / "skies" / "sky.png", source / name)
    said = helios("bundle", "film.py:draw", "-o", "../a.helios", cwd=source).err
    assert "holds 00000.png, 00001.png, old.mp4, which nothing has loaded yet" in said
    (source / "00002.png").touch()
    said = helios("bundle", "film.py:draw", "-o", "../a.helios", cwd=source).err
    assert "holds 00000.png, 00001.png, 00002.png and 1 more, which" in said


def test_options_of_the_command_line_count_more_than_the_bundles(source: Path) -> None:
    bundle = bundled("film.py:draw", source)
    words = ("render", bundle, "-o", "film.mp4", "--frame-count", 3, "--dry-run", "--json")
    plan = helios(*words, cwd=source.parent).events[0]
    assert (plan["totalFrames"], plan["width"], plan["fps"]) == (3, 64, "10")


@pytest.mark.parametrize(
    ("named", "options", "said"),
    [
        ("https://example.org/page.html", {}, "https://example.org/page.html: it is an address"),
        ("film.py:draw", {"audio": "https://example.org/a.mp3"}, "a.mp3: it is an address"),
        ("film.py:draw", {"audio": "../else/song.wav"}, r"else/song\.wav: it is not in .*source"),
        ("small.json", {"subtitles": "../else/a.srt"}, r"else/a\.srt: it is not in .*source"),
        ("film.py:draw", {"props": {"a": [{"b": "/etc/hostname"}]}}, "/etc/hostname: a prop names"),
    ],
)
def test_what_it_cannot_hold_is_refused_by_name(
    source: Path, named: str, options: dict[str, Any], said: str
) -> None:
    elsewhere = source.parent / "else"
    elsewhere.mkdir()
    shutil.copy(source / "song.wav", elsewhere)
    (elsewhere / "a.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    with pytest.raises(OptionError, match=f"a bundle cannot hold .*{said}") as caught:
        bundled(named, source, **options)
    assert caught.value.hint
    assert not (source.parent / "bundles" / "made.helios").exists()


def test_a_wider_root_holds_what_lies_beside(source: Path) -> None:
    elsewhere = source.parent / "else"
    elsewhere.mkdir()
    shutil.move(source / "song.wav", elsewhere)
    bundle = bundled("film.py:draw", source, audio="../else/song.wav", root="..")
    shutil.rmtree(source)
    shutil.rmtree(elsewhere)
    RenderOrchestrator.render(str(bundle), source.parent / "film.mp4")
    assert abs(sound_of(source.parent / "film.mp4")).max() > 0.1


def test_what_is_no_bundle_is_one_line(source: Path) -> None:
    (source.parent / "odd.helios").write_bytes(b"no bundle")
    words = ("render", "odd.helios", "-o", "film.mp4")
    assert "is not a bundle" in helios(*words, cwd=source.parent, code=2).err
    refused = helios("bundle", "source/film.py:draw", "-o", "film.zip", cwd=source.parent, code=2)
    assert "ends in .helios" in refused.err
