"""Films of shaders: each frame is where it belongs, in chunks and from the middle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.studio import write_song

from helios.cli import templates
from helios.media.pictures import decode_pictures
from helios.rendering.orchestrator import RenderOrchestrator

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
    assert pixels[::30].std() > 10
