"""Whether the studio's stage shows the film: ``python -m benchmarks.stage`` (some minutes).

Twenty looks of templates by chance, each at a time by chance, and five example pages at twenty
times each in an order by chance, against the frames that the film has.
"""

from __future__ import annotations

import io
import random
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import helios
from helios.model.options import RenderOptions
from helios.preview.service import PreviewRequest, PreviewService
from helios.scene.library import template_names
from helios.server.demo import write_demo_song

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
PAGES = {
    "hello-world": 90,
    "simple-animation": 120,
    "simple-canvas-animation": 120,
    "svg": 90,
    "demo": 360,
}
"""Examples, and of how many frames the times are."""
TIMES, PAIRS, SONG_S, FPS, SEED = 20, 20, 26, 30, 15
WHOLE_SIDE, QUICK_SIDE = 4096, 640
Pixels = NDArray[np.uint8]


@dataclass
class Seen:
    """How near what was seen of a composition is to its film."""

    count: int = 0
    equal: int = 0
    """Bit for bit."""
    quick_db: list[float] = field(default_factory=list)
    """Of what is shown while the clock moves, against the film's frame at that size."""

    def compare(self, whole: Pixels, quick: Pixels, film: Pixels) -> None:
        """Count a frame."""
        self.count += 1
        self.equal += np.array_equal(whole, film)
        size = (quick.shape[1], quick.shape[0])
        small = np.asarray(Image.fromarray(film).resize(size, Image.Resampling.BOX))
        error = np.mean((quick.astype(float) - small) ** 2)
        self.quick_db.append(float("inf") if error == 0 else 10 * float(np.log10(255**2 / error)))

    def row(self, name: str) -> str:
        """A row of the table."""
        return f"| {name} | {self.equal} of {self.count} | {min(self.quick_db):.0f} dB |"


def main() -> None:
    """Print a table in Markdown."""
    chance = random.Random(SEED)
    rows = []
    with TemporaryDirectory() as folder, closing(PreviewService()) as service:
        song = Path(folder) / "song.wav"
        write_demo_song(song, SONG_S)
        film = {"audio": str(song), "fps": FPS, "type": "flat-1080p-landscape", "scale": "1/2"}
        looks = Seen()
        for _ in range(PAIRS):
            template, frame = chance.choice(template_names()), chance.randrange(SONG_S * FPS)
            brightness = round(chance.uniform(0.2, 2), 2)
            look = {"exposure": round(chance.uniform(0.5, 2), 2), "sky": {"brightness": brightness}}
            options = RenderOptions.read({**film, "props": look})
            shown = _shown(service, template, options, frame)
            looks.compare(*shown, helios.still(template, None, options, frame=frame))
        rows.append(looks.row(f"templates, {PAIRS} looks at a time each"))
        for name, total in PAGES.items():
            rows.append(_page(service, name, chance.sample(range(total), TIMES)).row(name))
    print("| | the film's, bit for bit | while the clock moves, at least |\n|---|---|---|")
    print("\n".join(rows))


def _page(service: PreviewService, name: str, times: list[int]) -> Seen:
    page = str(EXAMPLES / name / "composition.html")
    options = RenderOptions(width=1280, height=720, frame_count=max(times) + 1)
    film = {n: frame for n, frame in enumerate(helios.frames(page, options)) if n in times}
    seen = Seen()
    for frame in times:
        seen.compare(*_shown(service, page, options, frame), film[frame])
    return seen


def _shown(
    service: PreviewService, composition: str, options: RenderOptions, frame: int
) -> tuple[Pixels, Pixels]:
    """A frame as the stage shows it: whole, and quick while the clock moves."""
    values: dict[str, Any] = {"composition": composition, "folder": EXAMPLES, "options": options}
    pixels = []
    for side in (WHOLE_SIDE, QUICK_SIDE):
        request = PreviewRequest(**values, side=side, start_frame=frame, encoding="png")
        (picture,) = service.pictures(request)
        pixels.append(np.asarray(Image.open(io.BytesIO(picture.data)).convert("RGB")))
    return pixels[0], pixels[1]


if __name__ == "__main__":
    main()
