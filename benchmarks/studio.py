"""How soon a preview is seen, and how many pictures a second: ``python -m benchmarks.studio``."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from helios.executors.call import PreviewPicture
from helios.model.options import RenderOptions
from helios.preview.service import PreviewRequest, PreviewService
from helios.server.demo import write_demo_song

TEMPLATE, SIDE, SONG_S, FPS = "etherealFlame", 640, 180, 30
ROUNDS = 20


def main() -> None:
    """Print a table in Markdown."""
    with TemporaryDirectory() as folder, closing(PreviewService()) as service:
        song = Path(folder) / "song.wav"
        write_demo_song(song, SONG_S)

        def asked(frame: int, count: int = 1, look: int = 0) -> Iterator[PreviewPicture]:
            values = {"audio": str(song), "fps": FPS, "type": "flat-1080p-landscape"}
            options = RenderOptions.read({**values, "props": {"exposure": 1 + look / 100}})
            return service.pictures(
                PreviewRequest(
                    composition=TEMPLATE,
                    folder=Path(folder),
                    options=options,
                    side=SIDE,
                    start_frame=frame,
                    frame_count=count,
                )
            )

        def first_s(frame: int, look: int = 0) -> float:
            began = time.perf_counter()
            next(asked(frame, look=look))
            return time.perf_counter() - began

        cold_s = first_s(0)
        seeks = [first_s(n * 7919 % (SONG_S * FPS)) for n in range(1, ROUNDS + 1)]
        looks = [first_s(900, look=n) for n in range(1, ROUNDS + 1)]
        began = time.perf_counter()
        played = sum(1 for _ in asked(600, count=150))
        rate = played / (time.perf_counter() - began)
    print(f"{TEMPLATE}, {SIDE}x{SIDE * 9 // 16}, a song of {SONG_S} s\n")
    print("| | median | 95 % within |\n|---|---|---|")
    print(f"| first picture of a new process | {1000 * cold_s:.0f} ms | |")
    for name, times in (
        ("picture after a seek", seeks),
        ("picture after a change of a parameter", looks),
    ):
        late = sorted(times)[round(0.95 * (len(times) - 1))]
        print(f"| {name} | {1000 * statistics.median(times):.0f} ms | {1000 * late:.0f} ms |")
    print(f"| playing | {rate:.0f} frames/s | |")


if __name__ == "__main__":
    main()
