"""Pages and Python compositions hear the film's sound: the same numbers in the same frames."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.ready import helios
from tests.sounds import wav

pytestmark = pytest.mark.browser
RATE = 48_000
SIZE = ("--width", 160, "--height", 90, "--fps", 10, "--frames", "png")
DRAW = """
  const bars = (a) => [a.isBeat, a.amplitude, a.beatPhase, a.beatInBar / 3, a.sectionProgress,
    (a.loudness + 70) / 70, a.envelopes[3], ...a.spectrum(25)]
      .map((v) => Math.floor(v * 255 + 0.5));
"""
CANVAS = f"""<!doctype html><body style="margin:0"><canvas width=160 height=90
  style="display:block"></canvas><script>{DRAW}
  const pen = document.querySelector("canvas").getContext("2d");
  window.helios = {{ seek() {{
    bars(window.helios.audio).forEach((v, i) => {{
      pen.fillStyle = `rgb(${{v}},${{v}},${{v}})`;
      pen.fillRect(i * 5, 0, 5, 90);
    }});
  }} }};
</script>"""
MARKUP = f"""<!doctype html><style>body {{ margin: 0 }}
  div {{ position: absolute; width: 5px; height: 90px }}</style>
<body><script>{DRAW}
  const boxes = Array.from({{ length: 32 }}, (_, i) => {{
    const box = document.body.appendChild(document.createElement("div"));
    box.style.left = `${{i * 5}}px`;
    return box;
  }});
  const show = () => {{
    bars(window.helios.audio).forEach((v, i) => {{
      boxes[i].style.background = `rgb(${{v}},${{v}},${{v}})`;
    }});
    requestAnimationFrame(show);
  }};
  requestAnimationFrame(show);
</script>"""
PYTHON = """
import numpy as np

def draw(frame, context):
    a = context.audio
    bars = [a.is_beat, a.amplitude, a.beat_phase, a.beat_in_bar / 3, a.section_progress,
        (a.loudness + 70) / 70, a.envelopes[3], *a.spectrum(25)]
    row = np.floor(np.array(bars, float) * 255 + 0.5).clip(0, 255).astype(np.uint8)
    return np.broadcast_to(np.repeat(row, 5)[None, :, None], (90, 160, 3)).copy()
"""


def clicks(seconds: float = 4) -> NDArray[np.float64]:
    sound = np.zeros(round(seconds * RATE))
    at = np.arange(2400)
    for start in range(0, len(sound), RATE // 2):
        sound[start : start + 2400] = 0.8 * np.exp(-at / 300) * np.sin(2 * np.pi * at * 1000 / RATE)
    return sound


def sweep(seconds: float = 4, low: float = 60, high: float = 12_000) -> NDArray[np.float64]:
    """A sine whose pitch rises evenly."""
    time = np.arange(round(seconds * RATE)) / RATE
    rate = np.log(high / low) / seconds
    return 0.5 * np.sin(2 * np.pi * low * (np.exp(rate * time) - 1) / rate)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "canvas.html").write_text(CANVAS)
    (tmp_path / "markup.html").write_text(MARKUP)
    (tmp_path / "bars.py").write_text(PYTHON)
    (tmp_path / "clicks.wav").write_bytes(wav(clicks()))
    (tmp_path / "sweep.wav").write_bytes(wav(sweep()))
    return tmp_path


def rows(folder: Path, composition: str, *words: object) -> NDArray[np.int64]:
    """(frames, 32): the bars that each frame shows."""
    output = folder / "frames"
    helios("render", composition, *words, *SIZE, "-o", output, cwd=folder)
    paths = sorted(output.glob("*.png"))
    shown = [np.asarray(Image.open(path).convert("RGB"))[45, 2::5, 0] for path in paths]
    for path in paths:
        path.unlink()
    return np.array(shown, int)


def test_pages_and_python_show_the_same_bars_of_a_sweep(folder: Path) -> None:
    sound = ("--audio", "sweep.wav")
    drawn = rows(folder, "bars.py:draw", *sound)
    assert drawn.shape == (40, 32)
    assert np.array_equal(rows(folder, "canvas.html", *sound), drawn)
    assert np.array_equal(rows(folder, "markup.html", *sound), drawn)
    # The loudest bar is that of the pitch, in every frame.
    pitch = 60 * np.exp(np.log(200) * (np.arange(2, 38) / 40))
    place = np.log(pitch / 40) / np.log(400) * 25 - 0.5
    assert np.abs(drawn[2:38, 7:].argmax(axis=1) - place).max() < 1.5


@pytest.mark.parametrize("composition", ["canvas.html", "markup.html", "bars.py:draw"])
def test_frames_hear_the_same_from_any_chunk_start(folder: Path, composition: str) -> None:
    whole = rows(folder, composition, "--audio", "clicks.wav")
    assert np.flatnonzero(whole[:35, 0] == 255).tolist() == list(range(0, 35, 5))
    cut = rows(folder, composition, "--audio", "clicks.wav", "--chunk-frames", 13)
    assert np.array_equal(cut, whole)
    some = ("--duration", 4, "--start-frame", 23, "--frame-count", 7)
    middle = rows(folder, composition, "--audio", "clicks.wav", *some)
    assert np.array_equal(middle, whole[23:30])


def test_react_to_chooses_the_track(folder: Path) -> None:
    plain = rows(folder, "canvas.html", "--audio", "clicks.wav")
    words = ("--audio", "sweep.wav", "--react-to", "clicks.wav,offset=0.5", "--duration", 4)
    later = rows(folder, "canvas.html", *words)
    assert np.array_equal(later[5:35, 0], plain[:30, 0])
    assert not later[:4, :2].any()
    assert (later[:4, 2] == 255).all()
    assert np.array_equal(rows(folder, "bars.py:draw", *words), later)


def test_a_stem_is_heard_in_pages_as_in_python(folder: Path) -> None:
    words = ("--audio", "clicks.wav", "--stem", "high=sweep.wav", "--duration", 1)
    alone = rows(folder, "bars.py:draw", "--audio", "sweep.wav", "--duration", 1)
    for name, whole, part in (
        ("canvas.html", "bars(window.helios.audio)", "bars(window.helios.audio.stems.high)"),
        ("bars.py", "a = context.audio", 'a = context.audio.stems["high"]'),
    ):
        file = folder / name
        file.write_text(file.read_text().replace(whole, part))
        composition = name if name.endswith("html") else f"{name}:draw"
        assert np.array_equal(rows(folder, composition, *words), alone), name


def test_a_page_of_which_all_is_said_hears_from_files_of_its_own(folder: Path) -> None:
    markup, code = CANVAS.removesuffix("</script>").split("<script>")
    (folder / "bars.js").write_text(code)
    (folder / "split.html").write_text(f'{markup}<script src="bars.js"></script>')
    said = ("--audio", "clicks.wav", "--duration", 1, "--capture", "direct", "--no-page-audio")
    heard = rows(folder, "split.html", *said)
    assert np.array_equal(heard, rows(folder, "canvas.html", "--audio", "clicks.wav")[:10])


def test_a_page_hears_silence_where_there_is_no_sound(folder: Path) -> None:
    silent = rows(folder, "canvas.html", "--duration", 1)
    assert not silent[:, [0, 1, 5]].any()
    assert not silent[:, 7:].any()


def test_another_sound_is_another_film_for_who_hears_it(folder: Path) -> None:
    (folder / "deaf.html").write_text("<body style='background:#345'>")
    # Not beside bars.py, which would be one of its modules for who has loaded that.
    (folder / "deaf").mkdir()
    (folder / "deaf" / "deaf.py").write_text(
        "import numpy as np\ndef draw(n, context): return np.full((90, 160, 3), n, np.uint8)"
    )
    for composition, hears in (
        ("canvas.html", True),
        ("bars.py:draw", True),
        ("deaf.html", False),
        ("deaf/deaf.py:draw", False),
    ):
        digests = []
        for sound in ("clicks.wav", "sweep.wav"):
            job = folder / "job.json"
            words = ("--audio", sound, "--width", 160, "--height", 90, "-o", "film.mp4")
            helios("render", composition, *words, "--emit-job", job, cwd=folder)
            digests.append(json.loads(job.read_text())["digest"])
        assert (digests[0] != digests[1]) is hears, composition


def test_a_job_hears_the_sound_where_it_runs(folder: Path) -> None:
    job = folder / "elsewhere" / "job.json"
    words = ("--audio", "clicks.wav", "--width", 160, "--height", 90, "--quality", 1)
    helios("render", "canvas.html", *words, "-o", "film.mkv", "--emit-job", job, cwd=folder)
    helios("job", "run", job, cwd=job.parent)
    from tests.films import decode_pictures

    lumas = [picture.planes[0][45, 2, 0] for picture in decode_pictures(folder / "film.mkv")]
    assert [n for n, luma in enumerate(lumas[:105]) if luma > 128] == list(range(0, 105, 15))


PROBE = """<!doctype html><body><script>
  const early = window.helios.audio;
  window.helios = { seek() {
    const { audio } = window.helios;
    const inner = () => document.querySelector("iframe").contentWindow.sees();
    const wanted = [early === audio, audio.hasSound, audio.frameCount === 40,
      audio.song.amplitude.length === 40,
      audio.at(1).frame === 10, audio.at(1).amplitude === audio.song.amplitude[10],
      audio.bands.length === 8, audio.bandNames[0] === "subBass", Math.abs(audio.bpm - 120) < 1,
      audio.at(0.9).beatIndex === 1, audio.sections.length > 0, audio.waveform(8).length === 8,
      audio.at(9).section === -1, inner() === audio.amplitude];
    document.body.style.background = wanted.every(Boolean) ? "#00ff00" : "#ff0000";
    document.title = wanted.join();
  } };
</script>
<iframe srcdoc="<script>window.sees = () => window.helios.audio.amplitude</script>"></iframe>"""


def test_what_a_page_is_told_of_the_song(folder: Path) -> None:
    (folder / "probe.html").write_text(PROBE)
    output = folder / "probe"
    helios("render", "probe.html", "--audio", "clicks.wav", *SIZE, "-o", output, cwd=folder)
    for path in sorted(output.glob("*.png"))[::4]:
        assert tuple(np.asarray(Image.open(path).convert("RGB"))[80, 155]) == (0, 255, 0), path


def test_the_declarations_name_all_there_is(folder: Path) -> None:
    declared = (Path(__file__).parents[2] / "docs" / "helios.d.ts").read_text()
    body = declared[: declared.index("interface Window")]
    names = set(re.findall(r"^  (?:readonly )?(\w+)[:(?]", body, re.MULTILINE))
    (folder / "names.html").write_text(
        f"""<!doctype html><body><script>
  window.helios = {{ seek() {{
    const names = Object.keys(window.helios.audio).sort().join();
    if (names !== {json.dumps(",".join(sorted(names)))}) throw new Error(names);
  }} }};
</script>"""
    )
    helios("still", "names.html", "--audio", "clicks.wav", "-o", "still.png", cwd=folder)
