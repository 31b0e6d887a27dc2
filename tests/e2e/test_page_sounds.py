"""The sound of a page is the sound a visitor hears: events against decoded samples."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.films import sound_of
from tests.ready import helios as run

import helios
from helios.media.probe import probe

pytestmark = pytest.mark.browser
RATE = 48_000
TICK_S = 0.1
"""`ticks.wav` has a burst of 5 ms every 0.1 s; burst k is at the level (k + 1) / 20."""
Sound = NDArray[np.float32]


def write_wave(path: Path, samples: NDArray[np.float64]) -> None:
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(RATE)
        stream.writeframes((samples * 32767).astype("<i2").tobytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    at = np.arange(RATE)
    burst = (at % (RATE // 10) < RATE // 200) * np.sign(np.sin(2 * np.pi * 1000 * at / RATE + 0.1))
    write_wave(tmp_path / "ticks.wav", burst * (at // (RATE // 10) + 1) / 20)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "inner.html").write_text(
        "<template><div data-composition-id=inner><audio src=../ticks.wav data-start=0.2"
        " data-duration=0.35></audio></div></template>"
    )
    write_wave(tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * 500 * np.arange(3 * RATE) / RATE))
    return tmp_path


def film(folder: Path, body: str, *words: object, seconds: float = 2, name: str = "film") -> Path:
    page = folder / f"{name}.html"
    page.write_text(f"<!doctype html><body style='background:#234'>{body}")
    output = folder / f"{name}.mov"
    run(
        "render",
        page,
        "-o",
        output,
        "--width",
        64,
        "--height",
        64,
        "--fps",
        30,
        "--duration",
        seconds,
        "--audio-codec",
        "pcm_s16le",
        *words,
        cwd=folder,
    )
    return output


def ticks(path: Path) -> list[tuple[int, int]]:
    """(ms, number of the burst) of each burst in a film's sound."""
    sound = np.abs(sound_of(path)).max(axis=1)
    loud = np.flatnonzero(sound > 0.02)
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE // 50)]
    return [
        (round(int(s) * 1000 / RATE), round(float(np.median(sound[s + 24 : s + 96])) * 20) - 1)
        for s in starts
    ]


def level(path: Path, start_s: float, end_s: float) -> float:
    """The highest sample between two moments."""
    part = sound_of(path)[round(start_s * RATE) : round(end_s * RATE)]
    return float(np.abs(part).max())


def played(start_ms: int, first: int, count: int, step_ms: int = 100) -> list[tuple[int, int]]:
    return [(start_ms + k * step_ms, (first + k) % 10) for k in range(count)]


ELEMENT = "const a = new Audio('ticks.wav');"
ROOT = "<div data-composition-id=root data-duration=2>"
PAGES: dict[str, tuple[str, list[tuple[int, int]]]] = {
    "a clip with a length": (
        (
            f"{ROOT}<audio src=ticks.wav data-start=0.25 data-duration=0.45 data-media-start=0.3>"
            "</audio></div>"
        ),
        played(250, 3, 5),
    ),
    "a clip after another": (
        (
            f"{ROOT}<audio id=a src=ticks.wav data-start=0 data-duration=0.15></audio>"
            "<audio src=ticks.wav data-start='a + 0.1' data-duration=0.25></audio></div>"
        ),
        [*played(0, 0, 2), *played(250, 0, 3)],
    ),
    "a clip in a file of its own": (
        f"{ROOT}<div data-composition-src=parts/inner.html data-start=0.3></div></div>",
        played(500, 0, 4),
    ),
    "a placed element with a length": (
        "<audio src=ticks.wav data-helios-offset=0.1 data-helios-duration=0.25></audio>",
        played(100, 0, 3),
    ),
    "new Audio": (
        f"<script>{ELEMENT} setTimeout(() => a.play(), 510)</script>",
        played(510, 0, 10),
    ),
    "a late element": (
        (
            "<script>setTimeout(() => { const a = document.createElement('audio');"
            "a.src = 'ticks.wav'; a.autoplay = true; document.body.append(a); }, 250)</script>"
        ),
        played(250, 0, 10),
    ),
    "pause and play": (
        (
            f"<script>{ELEMENT} a.play(); setTimeout(() => a.pause(), 250);"
            "setTimeout(() => a.play(), 777)</script>"
        ),
        [*played(0, 0, 3), *played(827, 3, 7)],
    ),
    "seek": (
        f"<script>{ELEMENT} a.play(); setTimeout(() => {{ a.currentTime = 0.75; }}, 333)</script>",
        [*played(0, 0, 4), *played(383, 8, 2)],
    ),
    "seek, then play": (
        f"<script>{ELEMENT} setTimeout(() => {{ a.currentTime = 0.3; a.play(); }}, 500)</script>",
        played(500, 3, 7),
    ),
    "loop": (
        (
            f"<script>{ELEMENT} a.loop = true; a.currentTime = 0.5; a.play();"
            "setTimeout(() => { a.loop = false; }, 900)</script>"
        ),
        [*played(0, 5, 15)],
    ),
    "a loop twice as fast": (
        (
            f"<script>{ELEMENT} a.playbackRate = 2; setTimeout(() => a.play(), 210);"
            "setTimeout(() => { a.loop = true }, 333); setTimeout(() => {"
            "a.playbackRate = 0.5 }, 1210)</script>"
        ),
        [*played(210, 0, 20, 50), *played(1210, 0, 4, 200)],
    ),
    "another source": (
        (
            "<script>const a = new Audio('tone.wav'); a.volume = 0; a.play();"
            "setTimeout(() => { a.src = 'ticks.wav'; a.volume = 1; a.play(); }, 640)</script>"
        ),
        played(640, 0, 10),
    ),
    "a list": (
        (
            f"<script>{ELEMENT} a.play(); a.onended = () => {{ a.currentTime = 0.5; a.play(); }};"
            "</script>"
        ),
        [*played(0, 0, 10), *played(1000, 5, 5), *played(1500, 5, 5)],
    ),
    "a frame": (
        (
            "<iframe srcdoc=\"<script>const a = new Audio('ticks.wav');"
            'setTimeout(() => a.play(), 420)</script>"></iframe>'
        ),
        played(420, 0, 10),
    ),
    "a shadow root": (
        (
            "<div id=h></div><script>const r = h.attachShadow({mode: 'closed'});"
            "r.innerHTML = '<audio src=ticks.wav></audio>';"
            "setTimeout(() => r.firstChild.play(), 135)</script>"
        ),
        played(135, 0, 10),
    ),
    "a frame that goes": (
        (
            "<iframe id=i srcdoc=\"<audio src='ticks.wav' autoplay></audio>\"></iframe>"
            "<script>setTimeout(() => i.remove(), 260)</script>"
        ),
        played(0, 0, 3),
    ),
    "nodes made by constructors": (
        (
            "<script>const c = new AudioContext(); fetch('ticks.wav').then((r) => r.arrayBuffer())"
            ".then((d) => c.decodeAudioData(d)).then((buffer) => {"
            "const s = new AudioBufferSourceNode(c, { buffer }); const g = new GainNode(c);"
            "s.connect(g).connect(c.destination); g.gain.value = 0; s.start();"
            "setTimeout(() => { g.gain.value = 1; }, 401); });</script>"
        ),
        [(401, 4), *played(500, 5, 5)],
    ),
    "taken out of the page": (
        (
            "<audio id=a src=ticks.wav autoplay></audio><script>let n = 0;"
            "requestAnimationFrame(function f() { if (n++ === 8) a.remove();"
            "requestAnimationFrame(f); })</script>"
        ),
        played(0, 0, 3),
    ),
    "rate without pitch": (
        f"<script>{ELEMENT} a.preservesPitch = false; a.playbackRate = 2; a.play();</script>",
        played(0, 0, 10, 50),
    ),
    "declared": ("<audio src=ticks.wav data-helios-offset=0.3></audio>", played(300, 0, 10)),
    "an element in a graph": (
        (
            f"<script>{ELEMENT} const c = new AudioContext(); const g = c.createGain();"
            "c.createMediaElementSource(a).connect(g).connect(c.destination);"
            "setTimeout(() => a.play(), 444); setTimeout(() => { a.loop = true }, 900)</script>"
        ),
        played(444, 0, 16),
    ),
    "a buffer": (
        (
            "<script>const c = new AudioContext(); let buffer;"
            "fetch('ticks.wav').then((r) => r.arrayBuffer()).then((d) => c.decodeAudioData(d))"
            ".then((b) => { buffer = b; });"
            "setTimeout(() => { const s = c.createBufferSource(); s.buffer = buffer;"
            "s.connect(c.destination); s.start();"
            "setTimeout(() => { s.detune.value = 1200 }, 223) }, 611)</script>"
        ),
        [*played(611, 0, 3), *((round(834 + (k * 100 - 223) / 2), k) for k in range(3, 10))],
    ),
    "a context that starts late and rests": (
        (
            "<script>let c, buffer; const ready = fetch('ticks.wav').then((r) => r.arrayBuffer());"
            "setTimeout(async () => { c = new AudioContext();"
            "buffer = await c.decodeAudioData(await ready); const s = c.createBufferSource();"
            "s.buffer = buffer; s.connect(c.destination); s.start(0.2); }, 300);"
            "setTimeout(() => c.suspend(), 750); setTimeout(() => c.resume(), 1150);</script>"
        ),
        [*played(500, 0, 3), *played(1200, 3, 7)],
    ),
}


@pytest.mark.parametrize(("body", "right"), PAGES.values(), ids=PAGES)
def test_every_burst_is_where_a_visitor_hears_it(
    folder: Path, body: str, right: list[tuple[int, int]]
) -> None:
    heard = ticks(film(folder, body))
    assert [number for _, number in heard] == [number for _, number in right]
    assert max(abs(a - b) for (a, _), (b, _) in zip(heard, right, strict=True)) <= 1


def envelope(function: Callable[[float], float], path: Path, until_s: float) -> float:
    """How far the level of a film with a tone of 0.5 is from a function of time, at most."""
    sound = np.abs(sound_of(path)[:, 0])
    window = RATE // 1000  # half a period of the tone
    levels = [float(sound[i : i + window].max()) for i in range(0, int(until_s * RATE), window)]
    return max(
        abs(seen - 0.5 * function((i + 0.5) / 1000))
        for i, seen in enumerate(levels)
        if i % 100 < 99
    )


def test_volume_and_muted_are_followed(folder: Path) -> None:
    made = film(
        folder,
        "<script>const a = new Audio('tone.wav'); a.play(); setInterval(() => {"
        "const t = Math.round(performance.now() / 100) / 10; a.volume = t < 1 ? 1 - t : 1;"
        "a.muted = t >= 1.2 && t < 1.4; }, 100)</script>",
    )

    def right(t: float) -> float:
        step = int(t * 10 + 1e-9) / 10
        return 0.0 if 1.2 <= step < 1.4 else 1 - step if step < 1 else 1.0

    assert envelope(right, made, 1.9) < 0.02


FADES: dict[str, tuple[str, Callable[[float], float], float]] = {
    "placed for a while": (
        (
            "<audio src=tone.wav data-helios-offset=0.2 data-helios-duration=1"
            " data-helios-fade-out=0.5></audio>"
        ),
        lambda t: 0.2 <= t < 1.2,
        1.2,
    ),
    "stopped by a script": (
        (
            "<audio id=a src=tone.wav data-helios-fade-out=0.5></audio>"
            "<script>a.play(); setTimeout(() => a.pause(), 1300)</script>"
        ),
        lambda t: t < 1.3,
        1.3,
    ),
    "a loop from its middle, cut by the film": (
        (
            "<audio id=a src=tone.wav loop data-helios-fade-out=0.5></audio>"
            "<script>a.currentTime = 1.5; a.play()</script>"
        ),
        lambda t: t < 2,
        2.0,
    ),
    "as fast as a tape": (
        (
            "<audio id=a src=tone.wav data-helios-fade-out=0.5></audio>"
            "<script>a.preservesPitch = false; a.playbackRate = 2; a.play()</script>"
        ),
        lambda t: t < 1.5,
        1.5,
    ),
    "quieter midway": (
        (
            "<audio id=a src=tone.wav data-helios-fade-out=0.5></audio><script>a.currentTime = 1.4;"
            "a.play(); setTimeout(() => { a.volume = 0.5 }, 500)</script>"
        ),
        lambda t: (1 if t < 0.5 else 0.5) * (t < 1.6),
        1.6,
    ),
}


@pytest.mark.parametrize(("body", "loud", "end_s"), FADES.values(), ids=FADES)
def test_a_sound_fades_out_where_it_ends(
    folder: Path, body: str, loud: Callable[[float], float], end_s: float
) -> None:
    made = film(folder, body)

    def right(t: float) -> float:
        return loud(t) * min(1, max(0, (end_s - t) / 0.5))

    assert envelope(right, made, 1.99) < 0.02


def test_gains_ramps_and_panners_of_a_graph_are_heard(folder: Path) -> None:
    made = film(
        folder,
        "<script>const c = new AudioContext(); const o = c.createOscillator();"
        "const g = c.createGain(); const p = c.createStereoPanner(); o.frequency.value = 500;"
        "p.pan.value = -1; g.gain.setValueAtTime(0, 0); g.gain.linearRampToValueAtTime(1, 1);"
        "o.connect(g).connect(p).connect(c.destination); o.start(); o.stop(1.5);"
        "setTimeout(() => { g.gain.cancelScheduledValues(0); g.gain.value = 0.25; }, 1200);"
        "setTimeout(() => { p.pan.value = 1 }, 1400)</script>",
    )
    sound = np.abs(sound_of(made))
    turned = round(1.4 * RATE)
    assert sound[:turned, 1].max() < 0.001
    assert sound[turned + RATE // 1000 :, 0].max() < 0.001
    assert sound[turned + RATE // 1000 : turned + 3 * RATE // 1000, 1].max() > 0.2
    assert level(made, 0.45, 0.5) == pytest.approx(0.5, abs=0.03)
    assert level(made, 1.1, 1.19) == pytest.approx(1, abs=0.02)
    assert level(made, 1.198, 1.2) == pytest.approx(1, abs=0.02)
    assert level(made, 1.201, 1.49) == pytest.approx(0.25, abs=0.02)
    assert level(made, 1.498, 1.5) == pytest.approx(0.25, abs=0.02)
    assert level(made, 1.501, 1.9) == 0


@pytest.mark.parametrize(
    "body",
    [
        "<video src=clip.mov></video>",
        "<script>const a = new Audio('tone.wav')</script>",
        "<script>const a = new Audio('tone.wav'); a.muted = true; a.play()</script>",
        "<audio src=tone.wav autoplay muted></audio>",
        "<script>new AudioContext()</script>",
    ],
)
def test_what_nobody_hears_is_silent(folder: Path, body: str) -> None:
    film(folder, "<audio src=tone.wav autoplay></audio>", name="clip")
    info = probe(film(folder, body, seconds=0.5))
    assert info.audio is None


BUSY = (
    "<audio id=a src=ticks.wav autoplay loop></audio><script>"
    "const c = new AudioContext(); const o = c.createOscillator(); const g = c.createGain();"
    "g.gain.value = 0.1; o.connect(g).connect(c.destination);"
    "setTimeout(() => o.start(), 210); setTimeout(() => { a.currentTime = 0.33 }, 555);"
    "setTimeout(() => { a.volume = 0.5 }, 900);</script>"
)


def test_the_sound_does_not_depend_on_chunks(folder: Path) -> None:
    whole = sound_of(film(folder, BUSY, seconds=1))
    pieces = sound_of(film(folder, BUSY, "--concurrency", 5, seconds=1, name="pieces"))
    assert np.array_equal(whole, pieces)
    assert np.abs(whole).max() > 0.1
    late = sound_of(film(folder, BUSY, "--start-frame", 12, seconds=1, name="late"))
    assert np.abs(whole[12 * 1600 :] - late).max() < 1e-4


def test_a_job_has_the_sound_of_the_page(folder: Path) -> None:
    whole = sound_of(film(folder, BUSY, seconds=1))
    film(folder, BUSY, "--concurrency", 2, "--emit-job", "job.json", seconds=1, name="job")
    run("job", "run", "job.json", cwd=folder)
    assert np.array_equal(whole, sound_of(folder / "job.mov"))


def test_what_cannot_be_followed_is_named(folder: Path) -> None:
    page = folder / "page.html"
    page.write_text(
        "<!doctype html><body><script>const a = new Audio('nowhere.mp3'); a.play();"
        "setTimeout(() => { const b = new Audio();"
        "b.srcObject = new MediaStream(); b.play(); }, 50);"
        "</script>"
    )
    words = ("--width", 64, "--height", 64, "--duration", 0.2)
    outcome = run("render", page, "-o", "film.mp4", *words, cwd=folder)
    assert "nowhere.mp3" in outcome.err
    assert "stream" in outcome.err


def test_a_video_without_sound_is_left_out_and_said(tmp_path: Path) -> None:
    helios.render(
        lambda n: np.full((64, 64, 3), n * 20, np.uint8),
        tmp_path / "silent.mp4",
        width=64,
        height=64,
        frame_count=10,
    )
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><body><video src=silent.mp4 autoplay></video>")
    outcome = run(
        "render",
        page,
        "-o",
        "film.mp4",
        "--width",
        64,
        "--height",
        64,
        "--frame-count",
        3,
        cwd=tmp_path,
    )
    assert "silent.mp4" in outcome.err
    info = probe(tmp_path / "film.mp4")
    assert info.video is not None
    assert info.video.frame_count == 3
    assert info.audio is None
