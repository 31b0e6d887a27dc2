"""Faults planted in compositions are found by ``helios check``; good ones have none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from tests.commandline import EXAMPLES
from tests.faulty import tone
from tests.ready import helios
from tests.sounds import encoded

from helios.browser.find import find_browser
from helios.browser.launch import Browser, BrowserConfig, launch
from helios.checking.composition import check_composition
from helios.drawing.host import CompositionHost
from helios.findings.finding import Finding
from helios.model.composition import parse_composition
from helios.model.options import RenderOptions
from helios.rendering import in_process
from helios.rendering.find import find_composition

MOVES = """<div style="position: absolute; left: 40px; top: 60px; width: 60px; height: 60px;
background: #fc0; animation: move 1s linear both"></div>
<style>@keyframes move { to { transform: translateX(400px) } }</style>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch(BrowserConfig(executable=find_browser())) as running:
        yield running


@pytest.fixture(autouse=True)
def one_browser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are looked at in one browser: a start of one takes as long as most of these tests."""
    if not request.node.get_closest_marker("browser"):
        return
    running: Browser = request.getfixturevalue("browser")
    started: Future[Browser] = Future()
    started.set_result(running)

    class Host(CompositionHost):
        def close(self) -> None:
            self._ahead = None
            if self._browser is running:
                self._browser = None
            super().close()

    monkeypatch.setattr(in_process, "CompositionHost", lambda: Host(started))


def page(folder: Path, body: str, *, seconds: float = 1, moves: bool = True) -> str:
    """A page of 640x360 with something that moves, and ``body``."""
    (folder / "page.html").write_text(f"""<!doctype html>
<html data-helios-duration="{seconds}" data-helios-fps="30" data-helios-width="640"
data-helios-height="360"><meta charset="utf-8">
<style>body {{ margin: 0; background: #102030; color: #fff; font: 24px sans-serif }}
p {{ position: absolute; margin: 0 }}</style>
{MOVES if moves else ""}{body}""")
    return "page.html"


def checked(folder: Path, name: str, **values: object) -> list[Finding]:
    """What is found; options as keywords."""
    platform = values.pop("platform", None)
    options = RenderOptions.read(values)
    composition = parse_composition(name, folder)
    return check_composition(composition, options, platform=platform)  # type: ignore[arg-type]


def problems(folder: Path, name: str, **values: object) -> list[Finding]:
    return [each for each in checked(folder, name, **values) if each.status == "problem"]


PLANTED = {
    "missing": '<img src="none.png">',
    "missing style": '<link rel="icon" href="data:,"><p style="left: 80px; top: 200px; '
    'background: url(lost.png)">ground</p>',
    "refused": '<img src="http://10.1.2.3/picture.png">',
    "page": '<p style="left: 80px; top: 200px; font-family: Nonesuch">Words</p>',
    "undecodable": '<img src="broken.png">',
    "overflow": '<p style="left: 80px; top: 200px; width: 90px; overflow: hidden; '
    'white-space: nowrap">A long title that does not fit</p>',
    "overflow box": '<p style="left: 80px; top: 200px; width: 90px; background: #246; '
    'white-space: nowrap">A long title that does not fit</p>',
    "overflow below": '<p style="left: 80px; top: 160px; width: 200px; height: 40px; '
    'overflow: hidden">Three lines of words that are higher than the box is</p>',
    "safe zone": '<p style="left: 500px; top: 200px; white-space: nowrap">Leaves the picture</p>',
    "safe zone edge": '<p style="left: 2px; top: 200px">At the edge</p>',
    "contrast": '<p style="left: 80px; top: 200px; color: #2a3a4a">Too faint to read</p>',
    "contrast marked": '<p style="left: 80px; top: 200px"><mark style="color: #777; '
    'background: #888">Marked, and not to be read</mark></p>',
    "contrast faded": '<p style="left: 80px; top: 200px; opacity: .5; color: #567">Faint</p>',
    "contrast svg": '<svg style="position: absolute; top: 180px" width="640" height="100">'
    '<text x="80" y="50" fill="#1a2c3e">Too faint as well</text></svg>',
    "contrast shadow root": '<x-title></x-title><script>document.querySelector("x-title")'
    '.attachShadow({ mode: "open" }).innerHTML = '
    '`<p style="position: absolute; left: 80px; top: 200px; color: #223344">Inside</p>`</script>',
}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_of_a_page(tmp_path: Path, fault: str) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing of a picture")
    found = problems(tmp_path, page(tmp_path, PLANTED[fault]))
    assert len(found) == 1, found
    named = {"missing style": "missing", "refused": "missing", "undecodable": "missing"}
    assert found[0].check == named.get(
        fault,
        fault.removesuffix(" box").split(" ")[0] + (" zone" if fault.startswith("safe") else ""),
    ), found
    if found[0].check in ("overflow", "safe zone", "contrast"):
        box = found[0].box
        assert box is not None
        assert abs(box.y + box.height / 2 - 212) < 60
        assert found[0].start_s is not None
        assert found[0].why
        assert found[0].remedy


GOOD = {
    "fades in": '<p style="left: 80px; top: 200px; animation: in .6s both">Welcome</p>'
    "<style>@keyframes in { from { opacity: 0; transform: translateY(20px) } }</style>",
    "is revealed": '<p style="left: 80px; top: 200px; overflow: hidden"><span style="display: '
    'inline-block; animation: up .5s both">From below</span></p>'
    "<style>@keyframes up { from { transform: translateY(100%) } }</style>",
    "is in letters": '<p style="left: 80px; top: 200px; font-size: 48px; line-height: 1">'
    "<span>a</span><span>b</span><span>c</span></p>",
    "wraps": '<p style="left: 80px; top: 180px; width: 160px; background: #246; padding: 8px">'
    "More words than fit on a line</p>",
    "is a label of a bar": '<div style="position: absolute; left: 80px; top: 200px; width: 60px; '
    'height: 100px; background: #48c"><b style="position: absolute; top: -34px; left: -20px; '
    'width: 100px">1 234</b></div>',
    "runs through": '<p style="left: 80px; top: 200px; width: 300px; overflow: hidden; '
    'white-space: nowrap"><span style="display: inline-block; animation: run 1s linear both">'
    "News</span></p><style>@keyframes run { from { transform: translateX(300px) } "
    "to { transform: translateX(-100px) } }</style>",
    "is hidden": '<p style="left: -500px; top: 200px">Away</p><p hidden>Hidden</p>',
    "is on its own ground": '<p style="left: 80px; top: 200px; color: #123; background: #fff; '
    'font: 900 40px/1 sans-serif">HEAVY<br>WORDS <mark style="color: #fff; background: #246">AND A '
    "MARK</mark></p>",
    "has a shadow": '<p style="left: 80px; top: 200px; color: #203040; text-shadow: '
    '0 0 4px #fff">Readable by its shadow</p>',
}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("good", GOOD)
def test_a_page_whose_text_is_good(tmp_path: Path, good: str) -> None:
    assert problems(tmp_path, page(tmp_path, GOOD[good])) == []


@pytest.mark.browser
@pytest.mark.slow
def test_a_transparent_page_may_be_away(tmp_path: Path) -> None:
    """For three seconds, and its dark text contrasts with a film that is not known."""
    (tmp_path / "plate.html").write_text("""<!doctype html>
<html data-helios-duration="5" data-helios-fps="10" data-helios-width="320"
data-helios-height="180"><p style="position: absolute; left: 40px; top: 80px; margin: 0;
font: 24px sans-serif; color: #111; animation: in .5s 3.5s both">Name</p>
<style>@keyframes in { from { opacity: 0; transform: translateX(-200px) } }</style>""")
    assert problems(tmp_path, "plate.html", transparent=True) == []
    found = problems(tmp_path, "plate.html")
    assert [finding.check for finding in found] == ["blank"]


@pytest.mark.browser
@pytest.mark.slow
def test_pictures_of_a_page(tmp_path: Path) -> None:
    """Blank, without movement, at half the rate, flashing; and still on purpose."""
    blank = problems(tmp_path, page(tmp_path, "", moves=False))
    assert [finding.check for finding in blank] == ["blank"]
    script = "<script>const never = () => { throw 0 }; if (0) never()</script>"
    title = '<p style="left: 80px; top: 200px">Still</p>'
    stuck = problems(tmp_path, page(tmp_path, title + script, moves=False))
    assert [finding.check for finding in stuck] == ["frozen"]
    assert problems(tmp_path, page(tmp_path, title, moves=False)) == []
    half = """<canvas width="640" height="360" style="display: block"></canvas><script>
const pen = document.querySelector("canvas").getContext("2d");
const draw = (now) => {
  pen.fillStyle = "#123"; pen.fillRect(0, 0, 640, 360);
  pen.fillStyle = "#fc0"; pen.fillRect(Math.floor(now / 1000 * 15) * 12, 100, 120, 120);
  requestAnimationFrame(draw);
};
requestAnimationFrame(draw)</script>"""
    found = problems(tmp_path, page(tmp_path, half, moves=False))
    assert [finding.check for finding in found] == ["duplicate"]
    flash = half.replace('"#123"', 'Math.floor(now / 1000 * 12) % 2 ? "#fff" : "#123"')
    found = problems(tmp_path, page(tmp_path, flash.replace("* 15) * 12", "* 30) * 6")))
    assert [finding.check for finding in found] == ["flashes"]


@pytest.fixture
def silent_server() -> Iterator[str]:
    """An address that takes a request and never answers it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept = []

        def accept() -> None:
            while True:
                try:
                    kept.append(server.accept())
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)
        for connection, _ in kept:
            connection.close()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("fault", ["loop", "error", "silent", "script"])
def test_a_page_that_never_loads(tmp_path: Path, silent_server: str, fault: str) -> None:
    bodies = {
        "loop": "<script>for (;;);</script>",
        "error": "<script>missing()</script>",
        "script": '<script src="lost.js"></script>',
    }
    name = silent_server if fault == "silent" else page(tmp_path, bodies[fault])
    (finding,) = checked(tmp_path, name, stability_timeout=3)
    assert (finding.check, finding.status) == ("loads", "problem")
    assert finding.what
    assert "\n" not in finding.what


def python(folder: Path, text: str) -> str:
    (folder / "film.py").write_text(f"import random, time\nimport numpy as np\n{text}")
    return f"{folder / 'film.py'}:draw"


SIZE = {"width": 160, "height": 96, "fps": 30, "frame_count": 40}


@pytest.mark.parametrize(
    "text",
    [
        "def draw(frame):\n    return picture(random.randrange(256))",
        "seen = []\ndef draw(frame):\n    seen.append(frame)\n    return picture(len(seen))",
        "def draw(frame):\n    return picture(time.perf_counter_ns() % 251)",
    ],
    ids=["chance", "state", "clock"],
)
def test_what_is_not_deterministic(tmp_path: Path, text: str) -> None:
    picture = "def picture(level):\n    return np.full((96, 160, 3), level % 256, np.uint8)\n"
    found = problems(tmp_path, python(tmp_path, picture + text), **SIZE)
    assert "determinism" in {finding.check for finding in found}


STEADY = """def draw(frame):
    pixels = np.full((96, 160, 3), 40, np.uint8)
    pixels[20:60, frame * 2 : frame * 2 + 40] = (255, 200, 0)
    return pixels
"""


@pytest.mark.parametrize("fault", ["silence", "clipping", "lost", "none"])
def test_the_sound_of_a_composition(tmp_path: Path, fault: str) -> None:
    sound = tone(1.4)
    if fault == "silence":
        sound = np.zeros_like(sound)
    elif fault == "lost":
        sound[24_000:38_400] = 0
    (tmp_path / "song.flac").write_bytes(encoded(sound, 48_000, "flac", "flac"))
    track = f"{tmp_path / 'song.flac'}{',volume=8' if fault == 'clipping' else ''}"
    found = problems(tmp_path, python(tmp_path, STEADY), **SIZE, audio=[track])
    wanted = {"silence": ["silence"], "lost": ["silence"], "clipping": ["clipping"], "none": []}
    assert [finding.check for finding in found] == wanted[fault]


def test_the_limits_of_a_platform(tmp_path: Path) -> None:
    text = """def draw(frame):
    pixels = np.full((1920, 1080, 3), frame % 250, np.uint8)
    pixels[:99] = 255
    return pixels
"""
    words = {"type": "flat-1080p-portrait", "platform": "shorts", "fps": 1}
    found = problems(tmp_path, python(tmp_path, text), **words, duration=61)
    assert [finding.check for finding in found] == ["limits"]
    assert "61 s, and shorts takes 60 s" in found[0].what
    assert problems(tmp_path, python(tmp_path, text), **words, duration=60) == []


@pytest.mark.browser
@pytest.mark.slow
def test_the_shape_of_a_platform(tmp_path: Path) -> None:
    words = {"type": "flat-1080p-portrait", "platform": "shorts"}
    found = problems(tmp_path, page(tmp_path, ""), **words, frame_count=3)
    assert [finding.check for finding in found] == ["limits"]
    assert "640x360" in found[0].what


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("name", ["hello-world", "simple-canvas-animation", "etherealMist"])
def test_what_we_ship_has_no_problem(tmp_path: Path, name: str) -> None:
    where = EXAMPLES / name if (EXAMPLES / name).exists() else name
    values: dict[str, object] = {}
    if where == name:
        (tmp_path / "song.flac").write_bytes(encoded(tone(3), 48_000, "flac", "flac"))
        values = {"audio": [str(tmp_path / "song.flac")], "scale": "1/3"}
    composition = find_composition(str(where), tmp_path)
    found = check_composition(composition, RenderOptions.read(values))
    assert [finding for finding in found if finding.status == "problem"] == []


@pytest.mark.browser
@pytest.mark.slow
def test_what_is_held_in_between_is_meant(tmp_path: Path) -> None:
    """In, held for three seconds, and out again, as lower thirds do."""
    helios("init", "lower-third", "lower-third", cwd=tmp_path)
    assert problems(tmp_path, "lower-third") == []


def test_as_a_user_runs_it(tmp_path: Path) -> None:
    python(tmp_path, STEADY)
    size = ("--width", 160, "--height", 96, "--frame-count", 30)
    outcome = helios("check", "film.py:draw", *size, cwd=tmp_path)
    assert outcome.out.splitlines()[-1] == "film.py:draw: no problems, 1 note"
    (tmp_path / "film.py").write_text(
        "import numpy as np\ndef draw(frame):\n    return np.zeros((96, 160, 3), np.uint8)"
    )
    words = ("check", "film.py:draw", *size, "--json", "--pictures", "seen")
    told = helios(*words, cwd=tmp_path, code=1).document("check")
    assert (told["version"], told["composition"], told["problems"]) == (1, "film.py:draw", 1)
    (finding,) = [each for each in told["findings"] if each["status"] == "problem"]
    assert finding["check"] == "blank"
    assert (tmp_path / finding["picture"]).exists()
    assert "no composition" in helios("check", "none.html", cwd=tmp_path, code=2).err
