"""Pages over every kind of composition: the right frame of both, from any chunk."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from runpy import run_path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.e2e.test_hearing import sweep
from tests.films import decode_pictures, sound_of
from tests.ready import helios
from tests.sounds import clicks, tagged_mp3, wav

from helios.model.audio import AudioTrack
from helios.model.overlay import OverlayPage
from helios.rendering.api import frames as drawn
from helios.rendering.api import render
from helios.sources.film_audio import film_audio

pytestmark = pytest.mark.browser
SIZE = ("--width", 160, "--height", 90, "--fps", 10, "--duration", 2, "--frames", "png")
COUNTER = """<!doctype html><style>body { margin: 0 }
  div { position: absolute; left: 20px; top: 10px; width: 40px; height: 30px }
  p { position: absolute; left: 100px; top: 50px; width: 20px; height: 20px; margin: 0;
    background: rgb(255 255 255 / .5) }</style><div></div><p></p>
<script>
  const show = () => {
    const frame = Math.round(performance.now() / 100);
    document.querySelector("div").style.background = `rgb(${frame * 10}, 0, 200)`;
    requestAnimationFrame(show);
  };
  requestAnimationFrame(show);
</script>"""
PATCH = """<!doctype html><style>div { position: absolute; left: 40px; top: 0; width: 60px;
  height: 20px }</style><div></div><script>
  document.querySelector("div").style.background = window.__HELIOS_PROPS__.colour;
</script>"""
GREY = """
import numpy as np

def draw(frame):
    return np.full((90, 160, 3), (60, 60, 4 * frame), np.uint8)
"""
CANVAS = """<!doctype html><body style="margin:0"><canvas width=160 height=90
  style="display:block"></canvas><script>
  const pen = document.querySelector("canvas").getContext("2d");
  window.helios = { seek(n) {
    pen.fillStyle = `rgb(60,60,${4 * n})`; pen.fillRect(0, 0, 160, 90);
  } };
</script>"""
MARKUP = """<!doctype html><body><script>
  window.helios = { fps: 10, seek(n) { document.body.style.background = `rgb(60,60,${4 * n})` } };
</script>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "counter.html").write_text(COUNTER)
    (tmp_path / "patch.html").write_text(PATCH)
    (tmp_path / "grey.py").write_text(GREY)
    (tmp_path / "canvas.html").write_text(CANVAS)
    (tmp_path / "markup.html").write_text(MARKUP)
    (tmp_path / "sweep.wav").write_bytes(wav(sweep(2)))
    return tmp_path


def frames(folder: Path, composition: str, *words: object) -> NDArray[np.int64]:
    output = folder / "frames"
    told = helios("render", composition, *words, *SIZE, "-o", output, cwd=folder).err
    assert "painted page is taken" not in told, "no page here needs another way to be read"
    paths = sorted(output.glob("*.png"))
    shown = np.array([np.asarray(Image.open(path).convert("RGB")) for path in paths], int)
    for path in paths:
        path.unlink()
    return shown


def bare() -> NDArray[np.int64]:
    """What grey.py draws."""
    return np.array([np.full((90, 160, 3), (60, 60, 4 * n)) for n in range(20)], int)


def check_counter(shown: NDArray[np.int64]) -> None:
    """Each frame shows its number twice: in what lies over, and below."""
    assert len(shown) == 20
    for n, picture in enumerate(shown):
        assert np.abs(picture[25, 40] - (n * 10, 0, 200)).max() <= 1
        assert np.abs(picture[80, 10] - (60, 60, 4 * n)).max() <= 1
        half = (np.array((60, 60, 4 * n)) + 255) / 2
        assert np.abs(picture[60, 110] - half).max() <= 2


@pytest.mark.parametrize("composition", ["grey.py:draw", "canvas.html", "markup.html"])
def test_frame_n_lies_over_frame_n(folder: Path, composition: str) -> None:
    over = ("--overlay", "counter.html")
    whole = frames(folder, composition, *over)
    check_counter(whole)
    assert np.array_equal(frames(folder, composition, *over, "--chunk-frames", 7), whole)
    some = ("--start-frame", 9, "--frame-count", 4)
    assert np.array_equal(frames(folder, composition, *over, *some), whole[9:13])


@pytest.mark.parametrize("method", ["beginframe", "screenshot", "paint"])
def test_over_a_page_whichever_way_it_is_taken(folder: Path, method: str) -> None:
    words = ("--capture", method, "--overlay", "counter.html", "--overlay", "counter.html")
    check_counter_twice(frames(folder, "markup.html", *words))


def test_pages_that_are_taken_in_different_ways(folder: Path) -> None:
    """One of them by screenshots, for which the browser runs with other switches."""
    over = [
        word
        for way in ("paint", "screenshot")
        for word in ("--overlay", f"counter.html,capture={way}")
    ]
    check_counter_twice(frames(folder, "markup.html", *over))


def check_counter_twice(shown: NDArray[np.int64]) -> None:
    for n, picture in enumerate(shown):
        assert np.abs(picture[25, 40] - (n * 10, 0, 200)).max() <= 1
        assert np.abs(picture[80, 10] - (60, 60, 4 * n)).max() <= 1
        quarter = 255 - (255 - np.array((60, 60, 4 * n))) / 4
        assert np.abs(picture[60, 110] - quarter).max() <= 3


def test_over_images_and_scenes(folder: Path) -> None:
    (folder / "images").mkdir()
    for n in range(20):
        Image.new("RGB", (160, 90), (60, 60, 4 * n)).save(folder / "images" / f"{n:03}.png")
    film = folder / "film.mkv"
    words = ("--fps", 10, "--video-codec", "ffv1", "--overlay", "counter.html")
    helios("encode", "images", *words, "-o", film, cwd=folder)
    helios("still", film, "--frame", 7, "-o", folder / "still.png", cwd=folder)
    picture = np.asarray(Image.open(folder / "still.png").convert("RGB"), int)
    assert np.abs(picture[25, 40] - (70, 0, 200)).max() <= 12
    assert np.abs(picture[80, 10] - (60, 60, 28)).max() <= 12
    shown = frames(folder, "emberLake", "--overlay", "counter.html")
    bare = frames(folder, "emberLake")
    for n, (over, below) in enumerate(zip(shown, bare, strict=True)):
        assert np.abs(over[25, 40] - (n * 10, 0, 200)).max() <= 6
        assert np.array_equal(over[:, 130:], below[:, 130:])


def test_pages_lie_in_order_and_have_props_of_their_own(folder: Path) -> None:
    patch = "patch.html,props=" + json.dumps({"colour": "rgb(0, 250, 0)"})
    over = frames(folder, "grey.py:draw", "--overlay", "counter.html", "--overlay", patch)
    assert (over[:, 15, 50] == (0, 250, 0)).all()
    under = frames(folder, "grey.py:draw", "--overlay", patch, "--overlay", "counter.html")
    assert (under[:, 15, 50, 2] == 200).all()
    assert (under[:, 15, 80] == (0, 250, 0)).all()


def test_over_a_transparent_film_what_is_uncovered_stays_so(folder: Path) -> None:
    (folder / "empty.html").write_text("<!doctype html><p>")
    words = ("--overlay", "counter.html", "--transparent", "-o", folder / "clear")
    helios("render", "empty.html", *SIZE, *words, cwd=folder)
    last = Image.open(sorted((folder / "clear").glob("*.png"))[19])
    assert last.getpixel((40, 25)) == (190, 0, 200, 255)
    red, green, blue, alpha = last.getpixel((110, 60))  # type: ignore[misc]
    assert (red, green, blue) == (255, 255, 255)
    assert abs(alpha - 128) <= 1
    assert last.getpixel((10, 80))[3] == 0  # type: ignore[index]


def test_the_bars_that_ship_are_the_spectrum(folder: Path) -> None:
    props = json.dumps({"count": 16, "height": 1, "gap": 0, "colour": "#fff", "accent": "#fff"})
    words = ("--audio", "sweep.wav", "--overlay", f"bars,props={props}")
    shown = frames(folder, "grey.py:draw", *words)
    track = AudioTrack(file=str(folder / "sweep.wav"))
    audio = film_audio(track, 20, Fraction(10))
    for n, picture in enumerate(shown):
        tall = (picture[:, 5::10, 1] - 60).clip(0).sum(axis=0) / 195
        assert np.abs(tall - np.array(audio.frame(n).spectrum(16)) * 90).max() < 1


def test_bars_over_a_function_of_this_process_hear_the_song(folder: Path) -> None:
    draw = run_path(str(folder / "grey.py"))["draw"]  # which hears nothing itself
    props = {"count": 16, "height": 1, "gap": 0, "colour": "#fff", "accent": "#fff"}
    asked: dict[str, Any] = {
        "audio": str(folder / "sweep.wav"),
        "overlay": OverlayPage(page="bars", props=props),
        "width": 160,
        "height": 90,
        "fps": 10,
    }
    audio = film_audio(AudioTrack(file=str(folder / "sweep.wav")), 20, Fraction(10))
    for n, picture in enumerate(drawn(draw, **asked)):
        tall = (picture[:, 5::10, 1] > 128).sum(axis=0)
        assert np.abs(tall - np.array(audio.frame(n).spectrum(16)) * 90).max() < 1.5
    render(draw, folder / "film.mkv", **asked)
    *_, final = decode_pictures(folder / "film.mkv")
    last = final.planes[0][:, 5::10, 0]
    tall = (last > 128).sum(axis=0)
    assert np.abs(tall - np.array(audio.frame(19).spectrum(16)) * 90).max() < 2


def test_captions_light_up_in_the_frame_of_their_word(folder: Path) -> None:
    """Five hundred words and a click for each, both found again in the film."""
    starts = np.random.default_rng(5).uniform(0.068, 0.09, 500).cumsum().round(3).tolist()
    words = [{"start": s, "end": s + 0.05, "text": "█", "joined": True} for s in starts]
    lines = [
        {"start": line[0]["start"], "end": line[-1]["end"], "words": line}
        for line in (words[n : n + 10] for n in range(0, 500, 10))
    ]
    props = {"lines": lines, "style": "karaoke", "accent": "#fff", "colour": "#00f", "size": "8px"}
    (folder / "words.json").write_text(json.dumps(props))
    (folder / "clicks.wav").write_bytes(wav(clicks(starts[-1] + 0.2, 48_000, starts)))
    size = ("--width", 160, "--height", 90, "--fps", 30, "--video-codec", "ffv1")
    over = ("--overlay", "captions,props=@words.json", "--audio", "clicks.wav")
    helios("render", "helios.sources.plain:draw", *size, *over, "-o", "film.mkv", cwd=folder)
    shown = [each.planes[0][..., 1] for each in decode_pictures(folder / "film.mkv")]
    lit = np.array([(picture > 160).sum() for picture in shown])
    # After a line's last word there may be no frame before the next line's first.
    seen = np.flatnonzero((np.diff(lit) != 0) & (lit[1:] > 0)) + 1
    loud = np.flatnonzero(np.abs(sound_of(folder / "film.mkv")).max(axis=1) > 0.2)
    heard = loud[np.diff(loud, prepend=-48_000) > 2000] / 48_000
    assert len(seen) == len(heard) == 500
    assert np.abs(heard - starts).max() < 0.002
    assert seen.tolist() == [next(n for n in range(len(lit)) if n / 30 + 1e-6 >= s) for s in starts]
    assert np.abs(seen / 30 - heard).max() < 1 / 30 + 0.002
    assert np.abs(lit[seen] / lit[seen[0]] - np.resize(np.arange(1, 11), 500)).max() < 0.5


def test_lyrics_light_up_in_the_frames_of_their_words(folder: Path) -> None:
    (folder / "song.lrc").write_text(
        "[offset:-100]\n[00:00.00]<00:00.00>█<00:00.43>█<00:00.70>█\n[00:01.15]<00:01.15>█<00:01.50>█"
    )
    helios("captions", "song.lrc", "-o", "words.json", cwd=folder)
    look = {"style": "words", "colour": "#f00", "accent": "#f00", "shade": "#f00", "size": "8px"}
    told = json.loads((folder / "words.json").read_text())
    (folder / "words.json").write_text(json.dumps({**told, **look}))
    shown = frames(folder, "grey.py:draw", "--overlay", "captions,props=@words.json")
    lit = ((shown[..., 0] > 200) & (shown[..., 1] < 40)).sum(axis=(1, 2)) > 8
    wide = np.array(
        [
            np.ptp(np.flatnonzero(row)) if row.any() else 0
            for row in ((shown[..., 0] > 200) & (shown[..., 1] < 40)).any(axis=1)
        ]
    )
    assert lit.tolist() == [n >= 1 for n in range(20)]
    changes = np.flatnonzero(np.diff(wide)).tolist()
    # 0.1, 0.53, 0.8; 1.25, 1.6 seconds
    assert changes == [0, 5, 7, 12, 15]


@pytest.mark.parametrize(
    "overlay",
    [
        "title,props=" + json.dumps({"title": "WWW", "artist": "Nobody", "from": 0, "fade": 0.2}),
        "lower-third,props=" + json.dumps({"name": "WWW", "role": "Maker", "from": 0}),
        "ring",
        "waveform",
        "progress",
        "cover,picture=art.png",
        "logo,picture=art.png",
        'end-card,props={"title": "WWW", "last": 2, "dark": 0, "fade": 0.1}',
        'lyrics,props={"lines": [{"start": 0, "end": 2, "text": "WWW"}]}',
    ],
)
def test_pages_that_ship_show_something_and_nothing_else(folder: Path, overlay: str) -> None:
    art(folder / "art.png")
    shown = frames(folder, "grey.py:draw", "--audio", "sweep.wav", "--overlay", overlay)
    changed = (np.abs(shown - bare()) > 4).any(axis=3).mean(axis=(1, 2))
    assert changed[10] > 0.004
    assert changed.max() < 0.4


def test_title_and_artist_are_those_of_the_song(folder: Path) -> None:
    (folder / "tells.html").write_text(
        """<!doctype html><body><script>
  const { title, artist, album = "none" } = window.__HELIOS_PROPS__;
  const told = [title, artist, album].join("/");
  const wanted = ["Night Drive/The Nobodies/none", "Own/The Nobodies/none"];
  document.body.style.background = ["#00ff00", "#0000ff"][wanted.indexOf(told)] ?? "#ff0000";
</script>"""
    )
    green, blue = (0, 255, 0), (0, 0, 255)
    for name, codec, given, colour in (
        ("song.flac", "flac", "", green),
        ("song.ogg", "libopus", ',props={"title": "Own"}', blue),
    ):
        with av.open(str(folder / name), "w") as out:
            out.metadata.update(title="Night\nDrive", ARTIST="The Nobodies")
            stream = out.add_stream(codec, rate=48_000, layout="stereo")
            sound = np.zeros((2, 96_000), np.float32)
            frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout="stereo")
            frame.rate = 48_000
            for part in (frame, None):
                out.mux(stream.encode(part))
        words = ("--audio", name, "--overlay", f"tells.html{given}", "--chunk-frames", 11)
        shown = frames(folder, "grey.py:draw", *words)
        assert (shown[[0, 19], 45, 80] == colour).all()


def art(path: Path, colour: str = "rgb(220, 30, 20)", size: int = 64) -> Path:
    Image.new("RGB", (size, size), colour).save(path)
    return path


def test_the_cover_is_that_of_the_song_unless_another_is_named(folder: Path) -> None:
    picture = art(folder / "art.png").read_bytes()
    song = tagged_mp3(np.zeros((96_000, 2), np.float32), 48_000, picture, TIT2="Night Drive")
    (folder / "song.mp3").write_bytes(song)
    art(folder / "a, b.png", "rgb(20, 200, 30)")
    for given, colour in (("", (220, 30, 20)), (",picture=a, b.png", (20, 200, 30))):
        props = ',props={"fade": 0, "y": 0.5}'
        words = ("--audio", "song.mp3", "--overlay", f"cover{given}{props}", "--chunk-frames", 11)
        shown = frames(folder, "grey.py:draw", *words)
        assert np.abs(shown[:, 45, 80] - colour).max() <= 3
        assert np.abs(shown[5, 5, 5] - (60, 60, 20)).max() <= 2


def test_colours_can_be_those_of_the_picture(folder: Path) -> None:
    art(folder / "art.png", "rgb(20, 120, 250)")
    props = json.dumps({"accent": "picture", "times": False, "size": "20px", "margin": "0px"})
    words = ("--overlay", f"progress,picture=art.png,props={props}")
    red, green, blue = frames(folder, "grey.py:draw", *words)[19, 85:].reshape(-1, 3).T
    assert ((blue > 230) & (red < 120) & (green < 190)).sum() > 100


def test_a_changed_picture_or_lyrics_draw_the_film_anew_and_a_job_finds_them(folder: Path) -> None:
    art(folder / "art.png")
    lyrics = folder / "song.lrc"
    lyrics.write_text("[00:00.00]one\n[00:01.00]two")
    cover = 'cover,picture=art.png,props={"width": 0.52}'  # 46.8 pixels
    pages = ("backdrop,picture=art.png", cover, "lyrics,lines=song.lrc")
    over = [word for page in pages for word in ("--overlay", page)]
    ask = ("grey.py:draw", *over, *SIZE[:-2], "-o", "film.mkv")
    job = folder / "elsewhere" / "job.json"

    def digest() -> str:
        helios("render", *ask, "--emit-job", job, cwd=folder)
        return str(json.loads(job.read_text())["digest"])

    found = [digest()]
    lyrics.write_text("[00:00.00]one\n[00:01.00]three")
    found.append(digest())
    art(folder / "art.png", "rgb(20, 200, 30)")
    found.append(digest())
    assert len(set(found)) == 3
    assert "capture=screenshot" not in job.read_text(), "our own pages are drawn the quick way"
    helios("job", "run", job, cwd=job.parent)
    helios("still", "film.mkv", "--frame", 12, "-o", "still.png", cwd=folder)
    red, green, _ = np.asarray(Image.open(folder / "still.png").convert("RGB"), int)[45, 10]
    assert green > red + 20


def test_lyrics_move_up_and_their_words_light_up(folder: Path) -> None:
    (folder / "song.lrc").write_text(
        "[00:00.00]<00:00.00>█<00:00.43>█<00:00.70>█\n[00:01.15]<00:01.15>█<00:01.50>█"
    )
    props = json.dumps({"accent": "#f00", "colour": "#00f", "shade": "#000", "size": "14px"})
    over = f"lyrics,lines=song.lrc,props={props}"
    whole = frames(folder, "grey.py:draw", "--overlay", over)
    lit = (whole[..., 0] > 200) & (whole[..., 2] < 90)
    left = [int(np.flatnonzero(row.any(axis=0))[0]) if row.any() else -1 for row in lit]
    steps = (np.flatnonzero(np.diff(left[:10])) + 1).tolist()
    assert steps[-2:] == [5, 7]  # 0.43, 0.7 seconds
    drawn = np.abs(whole[..., 0] - 60).max(axis=2) > 20
    first = [int(np.flatnonzero(drawn[n])[0]) for n in (9, 19)]
    assert first[1] < first[0] - 5, "the first line has moved up"
    assert np.array_equal(
        frames(folder, "grey.py:draw", "--overlay", over, "--chunk-frames", 7), whole
    )


def test_an_audiogram_is_one_name(folder: Path) -> None:
    picture = art(folder / "art.png").read_bytes()
    song = tagged_mp3(np.zeros((96_000, 2), np.float32), 48_000, picture, TIT2="Night Drive")
    (folder / "song.mp3").write_bytes(song)
    (folder / "talk.lrc").write_text("[00:00.00]Hello\n[00:01.00]there")
    ask = ("--audio", "song.mp3", "--props", '{"lines": "talk.lrc"}')
    whole = frames(folder, "audiogram", *ask)
    red = (whole[..., 0] > 180) & (whole[..., 1] < 70) & (whole[..., 2] < 60)
    assert red[10, :, :75].sum() > 1200, "the cover is on the left of a wide picture"
    assert np.abs(whole[9, 72:80] - whole[11, 72:80]).max() > 30, "the words change"
    again = frames(folder, "audiogram", *ask, "--chunk-frames", 7)
    assert np.array_equal(again, whole)
    told = helios("render", "lyricVideo", *SIZE, "-o", "out", cwd=folder, code=2)
    assert "lyricVideo needs lines" in told.err


def test_a_cue_of_ten_thousand_characters_is_written_smaller(folder: Path) -> None:
    text = "many words " * 900
    (folder / "w.json").write_text(json.dumps({"lines": [{"start": 0, "end": 2, "text": text}]}))
    shown = frames(folder, "grey.py:draw", "--overlay", "captions,props=@w.json")
    assert np.array_equal(shown[5, :25], bare()[5, :25]), "it stays in its part of the picture"
    assert (np.abs(shown[5] - bare()[5]) > 40).any()


def test_an_end_card_comes_at_the_end(folder: Path) -> None:
    props = json.dumps({"title": "█", "fade": 0.2, "colour": "#f00", "shade": "#f00"})
    picture = art(folder / "art.png", "rgb(0, 220, 30)").name
    card = f"end-card,picture={picture},props={props}"
    shown = frames(folder, "grey.py:draw", "--overlay", card)
    lit = ((shown[..., 0] > 200) & (shown[..., 1] < 40)).any(axis=(1, 2))
    assert np.flatnonzero(lit)[0] in (14, 15, 16), "for the last third of a short film"
    assert lit[-1]
    assert ((shown[-1, ..., 1] > 180) & (shown[-1, ..., 0] < 40)).any(), "with its picture"


def test_lyrics_make_way_for_an_end_card_that_waits_for_the_last_of_them(folder: Path) -> None:
    plain = {"size": "30px", "shade": "transparent", "fade": 0.1}
    # Who sings and what it is called stand in the lyrics; the song itself says nothing.
    (folder / "song.lrc").write_text("[ti:\u2588]\n[00:00.00]\u2588\n")
    lyrics = json.dumps({**plain, "accent": "#0000ff", "colour": "#0000ff", "yields": True})
    card = json.dumps({**plain, "colour": "#ff0000", "dark": 0})
    shown = frames(
        folder,
        "grey.py:draw",
        *("--overlay", f"lyrics,lines=song.lrc,props={lyrics}"),
        *("--overlay", f"end-card,lines=song.lrc,props={card}"),
    )
    blue = ((shown[..., 2] > 170) & (shown[..., 0] < 60)).any(axis=(1, 2))
    red = ((shown[..., 0] > 170) & (shown[..., 2] < 60)).any(axis=(1, 2))
    assert np.flatnonzero(blue)[0] <= 1
    assert np.flatnonzero(red)[0] in (14, 15), "for the last third"
    assert not (blue & red).any()


def test_words_beyond_the_end_are_told_of(folder: Path) -> None:
    (folder / "song.lrc").write_text("[00:00.50]seen\n[00:02.00]late\n[01:00.00]later")
    for page in ("lyrics", "captions"):
        words = ("grey.py:draw", "--overlay", f"{page},lines=song.lrc", *SIZE[:-2])
        told = helios("render", *words, "-o", "film.mp4", cwd=folder).err
        assert f"overlay {page}: 2 of 3 lines begin after the film's end (2.00 s)" in told


def test_progress_and_play_head_move_with_the_film(folder: Path) -> None:
    props = json.dumps({"times": False, "accent": "#f00", "size": "20px", "margin": "0px"})
    shown = frames(folder, "grey.py:draw", "--overlay", f"progress,props={props}")
    wide = ((shown[..., 0] > 200) & (shown[..., 1] < 60)).any(axis=1).sum(axis=1)
    assert np.abs(wide - np.arange(20) / 19 * 160).max() <= 2


@pytest.mark.parametrize(
    ("overlay", "code", "words"),
    [
        ("nowhere.html", 2, ("nowhere.html", "title")),
        ("grey.py", 2, ("grey.py",)),
        ("title,props=[1]", 2, ("JSON object",)),
        ("title,props={", 2, ("props",)),
        ("title,capture=camera", 2, ("capture",)),
        ("cover", 2, ("overlay cover", "the prop picture", "picture=FILE")),
        ("logo,picture=gone.png", 2, ("overlay logo", "gone.png")),
        ("cover,picture=dot.png", 2, ("overlay cover", "1x1 pixels")),
        ("lyrics,lines=plain.lrc", 2, ("overlay lyrics", "plain.lrc", "times")),
        (
            'captions,props={"lines": "song.lrc"}',
            2,
            ("overlay captions", "the prop lines: write a list"),
        ),
        ('lyrics,props={"lines": [{"text": "W"}]}', 2, ("overlay lyrics", "line 1", "start")),
        ("throws.html", 2, ("throws.html", "broken on purpose")),
        ("later.html", 2, ("later.html", "frame 13", "torn")),
        ("rejects.html", 2, ("rejects.html", "nobody caught it")),
        ("lost.html", 2, ("lost.html", "gone.js")),
        ("never.html", 2, ("never.html", "never")),
        ("endless.html", 2, ("endless.html", "without end")),
    ],
)
def test_a_bad_overlay_is_named(
    folder: Path, overlay: str, code: int, words: tuple[str, ...]
) -> None:
    (folder / "throws.html").write_text("<script>throw new Error('broken on purpose')</script>")
    (folder / "never.html").write_text(
        "<script>window.helios = { waitUntilStable: () => new Promise(() => {}) }</script>"
    )
    (folder / "later.html").write_text(
        "<script>window.helios = { seek(n) { if (n === 13) throw new Error('torn') } }</script>"
    )
    art(folder / "dot.png", size=1)
    (folder / "plain.lrc").write_text("Words\nwithout times\n")
    (folder / "rejects.html").write_text(
        "<script>Promise.reject(new Error('nobody caught it'))</script>"
    )
    (folder / "lost.html").write_text("<script src='gone.js'></script>")
    (folder / "endless.html").write_text("<script>for (;;);</script>")
    ask = ("grey.py:draw", "--overlay", overlay, "--stability-timeout", 3, *SIZE, "-o", "out")
    told = helios("render", *ask, cwd=folder, code=code)
    for word in words:
        assert word in told.err
    assert "Traceback" not in told.err


def test_pages_are_refused_around_and_named_when_opaque(folder: Path) -> None:
    ask = ("emberLake", "--overlay", "title", "--type", "360-mono-4k", "--duration", 1)
    told = helios("render", *ask, "-o", "film.mp4", cwd=folder, code=2)
    assert "--overlay" in told.err


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("<body style='background:#fff'>", "a background of its own"),
        ("<div style='position:fixed;inset:0;background:#fff'></div>", "covers all"),
        ("<body style='margin:0;background:linear-gradient(red, blue)'>", "covers all"),
        (f"{CANVAS}", "covers all"),
    ],
)
def test_an_opaque_overlay_is_named(folder: Path, page: str, says: str) -> None:
    (folder / "opaque.html").write_text(page)
    words = ("grey.py:draw", "--overlay", "opaque.html", *SIZE[:-4], "--duration", 0.2)
    told = helios("render", *words, "-o", "film.mp4", cwd=folder)
    assert "overlay opaque.html" in told.err
    assert says in told.err


def test_an_overlay_that_covers_nothing_is_not_named(folder: Path) -> None:
    clear = ("grey.py:draw", "--overlay", "counter.html", *SIZE[:-4], "--duration", 0.2)
    assert "covers" not in helios("render", *clear, "-o", "film.mp4", cwd=folder).err


def test_what_lies_over_counts_and_a_job_finds_it(folder: Path) -> None:
    patch = "patch.html,props=" + json.dumps({"colour": "red"})
    ask = ("grey.py:draw", "--overlay", patch, *SIZE[:-2], "-o", "film.mkv", "--chunk-frames", 9)
    job = folder / "elsewhere" / "job.json"
    digests = []
    for text in (PATCH, PATCH.replace("20px", "22px")):
        (folder / "patch.html").write_text(text)
        helios("render", *ask, "--emit-job", job, cwd=folder)
        digests.append(json.loads(job.read_text())["digest"])
    other = (*ask[:2], patch.replace("red", "blue"), *ask[3:])
    helios("render", *other, "--emit-job", folder / "blue.json", cwd=folder)
    digests.append(json.loads((folder / "blue.json").read_text())["digest"])
    assert len(set(digests)) == 3
    helios("job", "run", job, cwd=job.parent)
    helios("still", "film.mkv", "--frame", 12, "-o", "still.png", cwd=folder)
    assert np.asarray(Image.open(folder / "still.png").convert("RGB"))[10, 70, 0] > 200
