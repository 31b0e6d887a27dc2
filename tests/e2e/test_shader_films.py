"""Films of shaders: each frame is where it belongs, in chunks and from the middle."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.sounds import wav
from tests.studio import write_song

from helios.cli import templates
from helios.media.pictures import decode_pictures
from helios.model.audio import AudioTrack
from helios.rendering.orchestrator import RenderOrchestrator
from helios.scene.colour import to_linear
from helios.scene.living import around_measures
from helios.sources.film_audio import film_audio

pytestmark = pytest.mark.browser
PAGES = Path(__file__).parent / "browser/pages"


def numbers(film: Path) -> list[int]:
    """What the sixteen cells of each frame say."""
    pictures = [np.asarray(picture.planes[0]) for picture in decode_pictures(film)]
    return [
        sum(1 << bit for bit in range(16) if pixels[10, 10 + 20 * bit].mean() > 128)
        for pixels in pictures
    ]


@pytest.mark.parametrize("name", ["bars.frag", "counted.frag"])
def test_chunks_from_the_middle_show_their_numbers(name: str, tmp_path: Path) -> None:
    """Whole sources, and such that begin later, are tried in ``test_browser_shaders.py``."""
    film = tmp_path / "film.mp4"
    size = {"width": 320, "height": 180, "duration": 1}
    made = RenderOrchestrator.render(
        PAGES / name, film, **size, start_frame=7, frame_count=10, chunk_frames=4, workers=2
    )
    assert [chunk.frame_count for chunk in made.plan.chunks] == [4, 4, 2]
    assert numbers(film) == list(range(7, 17))


def test_a_sheet_of_a_shader_shows_moments_and_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "sheet.png"
    templates.sheet("tunnel", audio=write_song(tmp_path / "song.wav"), width=48, output=page)
    assert "of 10 measures passed" in capsys.readouterr().out
    pixels = np.asarray(Image.open(page))
    assert pixels.shape[:2] == (4 * 26 + 3 * 4, 6 * 48 + 5 * 4)
    assert pixels.std() > 10


ACTS = """
void mainImage(out vec4 colour, in vec2 at) {
  colour = vec4(iAct / 16.0, iActInSection / 16.0, iActProgress, 1.0);
}
"""


@pytest.mark.parametrize("sounds", [True, False])
def test_a_shader_reads_the_acts_of_its_song(tmp_path: Path, sounds: bool) -> None:
    """Without one each lasts 20 seconds."""
    shader, film = tmp_path / "acts.frag", tmp_path / "frames"
    shader.write_text(ACTS)
    song = tmp_path / "song.wav"
    sound = np.sin(np.arange(50 * 48_000) / 8) * (np.arange(50 * 48_000) % 24_000 < 2_400)
    song.write_bytes(wav(0.5 * sound))
    track = [AudioTrack(file=str(song))] if sounds else []
    size = {"width": 16, "height": 16, "fps": 1, "duration": 50, "frames": "png"}
    RenderOrchestrator.render(shader, film, **size, audio=track)
    shown = [np.asarray(Image.open(file))[8, 8] for file in sorted(film.glob("*.png"))]
    if sounds:
        heard = film_audio(track[0], 50, Fraction(1))
        assert heard["act"].max() >= 2
        told = [heard["act"] / 16, heard["act_in_section"] / 16, heard["act_progress"]]
    else:
        rested = np.arange(50) / 20
        told = [np.floor(rested) / 16, np.floor(rested) / 16, rested % 1]
    assert np.abs(np.stack(told, 1) * 255 - np.array(shown)[:, :3]).max() < 1


def test_water_mirrors_the_highest_tower_whole(tmp_path: Path) -> None:
    """Its top is mirrored too: at the lower edge of the picture there are panes."""
    song, film = tmp_path / "song.wav", tmp_path / "frames"
    song.write_bytes(wav(0.6 * np.sin(np.arange(3 * 48_000) * np.pi / 8)))
    size = {"width": 160, "height": 90, "duration": 3, "frames": "png"}
    track = [AudioTrack(file=str(song))]
    RenderOrchestrator.render("voxelCity", film, **size, audio=track, start_frame=60, frame_count=1)
    (shown,) = [np.asarray(Image.open(file)).astype(float) for file in film.glob("*.png")]
    assert np.abs(np.diff(shown[84:, 12:42], axis=1)).sum(2).mean() > 11


def test_stained_glass_is_dim_where_the_song_is_soft(tmp_path: Path) -> None:
    song, film = tmp_path / "song.wav", tmp_path / "frames"
    loud = np.where(np.arange(6 * 48_000) < 3 * 48_000, 0.5, 0.03)
    song.write_bytes(wav(loud * np.sin(np.arange(6 * 48_000) * np.pi / 8)))
    size = {"width": 48, "height": 28, "fps": 1, "duration": 6, "frames": "png"}
    RenderOrchestrator.render("kaleidoscope", film, **size, audio=[AudioTrack(file=str(song))])
    light = [np.asarray(Image.open(file)).mean() for file in sorted(film.glob("*.png"))]
    assert light[2] > 40
    assert 5 < light[5] < 0.4 * light[2]


@pytest.mark.parametrize("name", ["silkRibbons", "spectrumRing"])
def test_nothing_near_flashes_all_around(name: str, tmp_path: Path) -> None:
    """Over a song that strikes five times a second."""
    song, film = tmp_path / "song.wav", tmp_path / "frames"
    times_s = np.arange(2 * 48_000) / 48_000
    noise = np.random.default_rng(1).normal(size=len(times_s))
    song.write_bytes(wav(np.clip(0.4 * noise * np.exp(-20 * (times_s % 0.2)), -1, 1)))
    size = {"width": 72, "height": 36, "fps": 30, "duration": 2, "type": "360-mono-4k"}
    RenderOrchestrator.render(
        name, film, **size, frames="png", audio=[AudioTrack(file=str(song))], start_frame=24
    )
    shown = [np.asarray(Image.open(file))[..., :3] / 255 for file in sorted(film.glob("*.png"))]
    passage = to_linear(np.stack(shown)).astype(np.float64)
    flashes = around_measures(passage, (passage,))[-1]
    assert flashes.passes, flashes
