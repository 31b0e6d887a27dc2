"""The commands of the documentation, run one after the other as a reader would type them.

``./dev test tests/docs --docs full`` runs them; the suite looks only at what is left out, and why.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.commandline import EXAMPLES, helios
from tests.docs.test_docs import PAGES, ROOT, command_lines
from tests.music import rock
from tests.sounds import tagged_mp3, wav

import helios as library
from helios.cli.batch import read_rows

LEFT_OUT = {
    r"^serve": "goes on until it is stopped: tests/e2e/test_web_page.py",
    r"^studio": "goes on until it is stopped: tests/e2e/test_studio.py",
    r"^mcp$": "goes on until it is stopped: tests/e2e/test_agents.py",
    r"^render-server": "goes on until it is stopped: tests/e2e/test_one_config_three_ways.py",
    r"^queue ": "needs a server: tests/integration/server/test_queue_commands.py",
    r"^executor |--executor ": "needs a cluster: tests/e2e/test_engines.py",
    r"s3://": "needs a bucket: tests/integration/test_stores.py",
    r"http://": "needs a server of pages: tests/e2e/browser/test_browser_dev_server.py",
    r"--fix": "installs packages: tests/unit/remedies/test_mending.py",
    r"--warm|^doctor": "takes half a minute: tests/e2e/test_doctor.py",
    r"--loop-seamless": "draws 240 frames of a scene: tests/e2e/test_loop.py",
    r"--pack ": "makes four films: tests/e2e/test_one_config_three_ways.py",
    r"^(?!bundle).*(360-stereo|--type 360|panorama|song.helios)": "draws large pictures: "
    "tests/e2e/test_panorama.py",
    r"^preview .*--at 12.5": "needs a longer song: tests/e2e/test_stills.py",
    r"--stereo top-bottom": "needs a film of two eyes: tests/unit/spatial",
    r"--duration 12.5": "draws 750 frames of a page: tests/e2e/test_pages.py",
    r"^render first": "draws a whole starter: tests/e2e/test_starters.py",
    r"--simulate": "measures for half a minute: tests/e2e/test_job_elsewhere.py",
    r"--watch": "waits for other machines: tests/e2e/test_job_elsewhere.py",
    r"^job verify ": "needs a job that was drawn: tests/e2e/test_job_elsewhere.py",
    r"--ambisonic": "needs sound of four channels: tests/unit/spatial",
    r"examples/(three|lottie|gsap)": "needs libraries of npm: "
    "tests/e2e/browser/test_browser_libraries.py",
    r"--hwaccel require|_nvenc": "needs a graphics card: tests/integration/test_encode_chunks.py",
    r"--backend gpu": "needs a graphics card: tests/unit/scene/test_backends.py",
    r"film_360": "is about a film that is left out: tests/unit/spatial",
    r"^cache clear": "throws away what the other tests keep: tests/unit/cli/test_analyze.py",
}
"""Words of commands that are not run, and why."""
SMALL = ("--scale", "1/8")
SMALLER = re.compile(r"^(render|preview|still) (?!-|\S*\.)")
"""Commands that draw a template, so that it takes seconds, and not minutes: it is drawn smaller."""
BY_HAND = {"check": (0, 1), "verify": (0, 1), "vr": (0, 1)}
"""Commands that may find problems in what stands in for the reader's own files."""

PAGE = """<!doctype html><html data-helios-duration="3" data-helios-fps="14" data-helios-width="480"
data-helios-height="270"><meta charset="utf-8">
<style>body { color: #fff; font: 5vw sans-serif; margin: 20vh }</style>
<h1 id="title">Hello</h1><script>
const props = window.__HELIOS_PROPS__ ?? {};
title.textContent = props.title ?? props.name ?? "Hello";
title.animate([{ opacity: 0.2 }, { opacity: 1 }], { duration: 400 });
</script>"""
DRAW = """
import numpy as np
def draw(frame, context):
    level = 40 + 10 * frame + 0 * len(str(context.props.get("name")))
    return np.full((context.height, context.width, 3), level, np.uint8)
draw.duration, draw.fps = 0.2, 30
"""
FRAG = """// helios: duration = 20
// helios: fps = 2
// helios: float speed = 1.0 [0, 4]
// helios: color tint = #ffffff
void mainImage(out vec4 colour, in vec2 at) {
  colour = vec4(tint * fract(speed * iTime + at.x / 99.0), 1.0);
}
"""
CUE = """TITLE "Album"
FILE "song.mp3" MP3
  TRACK 01 AUDIO
    TITLE "One"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Two"
    INDEX 01 00:00:15
"""
TIMED = "1\n00:00:00,000 --> 00:00:00,300\nHello there\n"


def restore(material: Path, folder: Path) -> None:
    """Put back what a command has used up, as ``job run`` does with the parts of its film."""
    for file in material.rglob("*"):
        here = folder / file.relative_to(material)
        if file.is_file() and not here.exists():
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, here)


def page_lines(page: Path) -> list[str]:
    return [line for place, line in command_lines() if place.startswith(page.name + ":")]


def block_of(page: str, kind: str) -> str:
    """What a page of the documentation gives to copy."""
    text = (ROOT / "docs" / page).read_text()
    return text.partition(f"```{kind}\n")[2].partition("```")[0]


def reason_against(line: str) -> str:
    """Why a command is not run, if it is not."""
    words = line.partition("helios ")[2]
    return next((why for pattern, why in LEFT_OUT.items() if re.search(pattern, words)), "")


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the documentation speaks of, small and short."""
    folder = tmp_path_factory.mktemp("commands")
    for name in (
        "page.html",
        "logo.html",
        "lower-third.html",
        "site/index.html",
        "page/index.html",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(PAGE)
    (folder / "film.py").write_text(DRAW)
    (folder / "nebula.frag").write_text(FRAG)
    (folder / "nebula.wgsl").write_text(block_of("shaders.md", "wgsl"))
    samples = rock(124, 1).samples[:24_000]
    cover = (ROOT / "docs" / "demo.jpg").read_bytes()
    (folder / "songs").mkdir()
    for name in ("song.mp3", "music.mp3", "talk.mp3", "songs/1.mp3", "songs/2.mp3"):
        (folder / name).write_bytes(tagged_mp3(samples, 48_000, cover))
    (folder / "album.cue").write_text(CUE)
    (folder / "voice.wav").write_bytes(wav(samples))
    for name in ("words.srt", "talk.srt"):
        (folder / name).write_text(TIMED)
    (folder / "lyrics.vtt").write_text("WEBVTT\n\n" + TIMED[2:].replace(",", "."))
    for name in ("song.lrc", "lyrics.lrc"):
        (folder / name).write_text("[00:00.00]Hello\n[00:00.30]there\n")
    (folder / "words.json").write_text(json.dumps({"words": [["Hello", 0.0, 0.3]]}))
    (folder / "style.css").write_text("p { color: yellow }")
    for name, kind in (("card.html", "html"), ("people.csv", "csv")):
        (folder / name).write_text(block_of("batch.md", kind))
    (folder / "rows.jsonl").write_text('{"name": "Ada"}\n')
    assert len(read_rows(folder / "people.csv")) == 2
    config = {"templateId": "page.html", "audioPath": "song.mp3", "outputPath": "configured.mp4"}
    (folder / "song.json").write_text(json.dumps(config))
    for name in ("hello-world", "simple-canvas-animation", "svg", "cards", "python", "panorama"):
        shutil.copytree(EXAMPLES / name, folder / "examples" / name)
    size: Any = {"width": 256, "height": 128, "frame_count": 6}
    for name in ("film.mp4", "film_part_0.mov", "film_part_1.mov"):
        library.render(str(folder / "film.py:draw"), folder / name, **size)
    library.render(str(folder / "film.py:draw"), folder / "frames", frames="png", **size)
    return folder


@pytest.mark.parametrize("page", [page for page in PAGES if page_lines(page)], ids=lambda p: p.name)
@pytest.mark.browser
@pytest.mark.full_docs
@pytest.mark.timeout(1200)
def test_the_commands_of_a_page_run(page: Path, material: Path, tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    failed = []
    for line in page_lines(page):
        if reason_against(line):
            continue
        restore(material, folder)
        words = shlex.split(line, comments=True)[1:]
        is_small = {"--scale", "--draft"} & set(words)
        small = SMALL if SMALLER.search(" ".join(words)) and not is_small else ()
        outcome = helios(*words, *small, cwd=folder, code=None)
        if outcome.code not in BY_HAND.get(words[0], (0,)):
            failed.append(f"{line}\n    {outcome.code}: {outcome.err.strip()[-500:]}")
    assert not failed, "\n".join(failed)


def test_each_reason_is_of_a_command_and_of_a_test_that_there_is() -> None:
    lines = [line.partition("helios ")[2] for _, line in command_lines()]
    for pattern, why in LEFT_OUT.items():
        assert any(re.search(pattern, line) for line in lines), pattern
        names = re.findall(r"tests/\S+", why)
        assert names, f"{pattern}: no test covers it"
        for name in names:
            assert (ROOT / name).exists(), name
