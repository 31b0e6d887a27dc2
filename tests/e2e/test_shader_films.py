"""Films of shaders: each frame is where it belongs, in chunks and from the middle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

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
