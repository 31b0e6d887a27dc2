"""How much of the picture a scene covers, in silence and over a song, and what a beat does.

    python -m benchmarks.scene_look SONG [NAME ...] [--sheets docs/scenes]

Prints the table of ``docs/scenes.md``; with ``--sheets`` also draws its sheets of six stills.
Covered is what differs by more than 20 of 255 from the same sky without particles. The moments are
those of the song: its loudest beats, its calmest stretch, its last half second.
"""

from __future__ import annotations

import argparse
import io
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from helios.audio.analyzer import PreAnalyzer
from helios.scene.audio_input import FeatureColumns, fitted
from helios.scene.capture import FrameCapture
from helios.scene.library import load_template, template_names
from helios.scene.scene import SceneSettings
from helios.scene.template import Template

FPS = Fraction(30)
VISIBLE = 20
REST_FRAMES = (900, 2500, 4000)
SMALL, STILL = (256, 144), (400, 224)
SHEET_BYTES = 148_000
Frames = NDArray[np.int16]


@dataclass(frozen=True)
class Song:
    """Frames of a song where something can be seen."""

    table: FeatureColumns
    loud: tuple[int, ...]
    calm: tuple[int, ...]
    end: tuple[int, ...]
    beats: tuple[int, ...]

    @property
    def moments(self) -> tuple[int, ...]:
        """Of a sheet: start, first part, breakdown, before a beat, that beat, end."""
        beat = self.beats[len(self.beats) // 2]
        quarter = self.table.total_frames // 12
        return (30, quarter, self.calm[0], beat - 1, beat, self.end[0])


def listen(path: Path) -> Song:
    """Analyse a song and find its moments."""
    analysis = PreAnalyzer(fps=FPS).analyze(path)
    total = analysis.total_frames
    table = fitted(analysis, total, FPS)
    energy = np.convolve(table["energy"], np.ones(60) / 60, "same")
    beats = np.flatnonzero(table["is_beat"])
    inside = beats[(beats > total * 0.1) & (beats < total * 0.9)]
    loudest = np.sort(inside[np.argsort(energy[inside])[-40:]])[::8]
    middle = slice(int(total * 0.1), int(total * 0.9))
    calm = middle.start + int(np.argmin(energy[middle]))
    return Song(
        table=table,
        loud=tuple(int(beat) + 2 for beat in loudest),
        calm=(calm, calm + 15, calm + 30),
        end=(total - 15,),
        beats=tuple(int(beat) for beat in loudest),
    )


def without_particles(template: Template) -> Template:
    """The sky alone."""
    hidden = tuple(layer.model_copy(update={"enabled": False}) for layer in template.layers)
    return template.model_copy(update={"layers": hidden})


def draw(
    template: Template, song: Song, frames: tuple[int, ...], *, silent: bool = False
) -> Frames:
    """Small pictures (N, H, W, 3) of some frames."""
    capture = FrameCapture(
        SceneSettings(
            template=template,
            width=SMALL[0],
            height=SMALL[1],
            fps=FPS,
            total_frames=song.table.total_frames,
            table=None if silent else song.table,
        )
    )
    taken = [capture.capture_frame(frame).planes[0].astype(np.int16) for frame in frames]
    capture.dispose()
    return np.stack(taken)


def coverage(
    template: Template, song: Song, frames: tuple[int, ...], *, silent: bool = False
) -> float:
    """Percent of the picture that is clearly brighter than the sky alone; mean over frames."""
    shown = draw(template, song, frames, silent=silent)
    sky = draw(without_particles(template), song, frames, silent=silent)
    return float(((shown - sky).max(axis=3) > VISIBLE).mean() * 100)


def light_at_beats(template: Template, song: Song) -> float:
    """Percent that the picture is lighter in the frame of a beat than in the one before."""
    around = tuple(frame for beat in song.beats for frame in (beat - 1, beat))
    light = draw(template, song, around).mean(axis=(1, 2, 3)).reshape(-1, 2)
    return float((light[:, 1] / light[:, 0] - 1).mean() * 100)


def sheet(template: Template, song: Song) -> Image.Image:
    """Six stills, three in a row."""
    settings = SceneSettings(
        template=template,
        width=STILL[0],
        height=STILL[1],
        fps=FPS,
        total_frames=song.table.total_frames,
        table=song.table,
    )
    capture = FrameCapture(settings)
    stills = [capture.capture_frame(frame).planes[0].copy() for frame in song.moments]
    capture.dispose()
    rows = [np.hstack(stills[start : start + 3]) for start in (0, 3)]
    return Image.fromarray(np.vstack(rows))


def save_small(picture: Image.Image, path: Path) -> None:
    """A JPEG as good as a page of documentation has room for."""
    for quality in range(88, 30, -4):
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=quality)
        if data.tell() < SHEET_BYTES:
            break
    path.write_bytes(data.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scene_look", description=__doc__)
    parser.add_argument("song", type=Path)
    parser.add_argument("templates", nargs="*", default=template_names())
    parser.add_argument("--sheets", type=Path, help="where to write a sheet of stills for each")
    arguments = parser.parse_args()
    song = listen(arguments.song)
    print("| | rest | breakdown | loud | outro | light at a beat |\n|---|---|---|---|---|---|")
    for name in arguments.templates:
        template = load_template(name)
        rest = coverage(template, song, REST_FRAMES, silent=True)
        covered = [coverage(template, song, frames) for frames in (song.calm, song.loud, song.end)]
        shares = " | ".join(f"{percent:.0f} %" for percent in (rest, *covered))
        print(
            f"| `{template.name}` | {shares} | {light_at_beats(template, song):+.0f} % |",
            flush=True,
        )
        if arguments.sheets:
            save_small(sheet(template, song), arguments.sheets / f"{template.name}.jpg")


if __name__ == "__main__":
    main()
