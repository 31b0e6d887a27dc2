"""Whether the films of scenes and shaders live: every measure, over songs of different kinds.

    python -m benchmarks.living SONG SONG ... [--names NAME ...] [--json] [--around]

Draws each film of each song small, as ``helios templates sheet`` does, and compares the
forms of every pair of songs. Prints the table of ``docs/scenes.md``: how many measures each film
passes, and which it does not, with their values. With ``--around`` it draws a minute of the films
that go all around: how much of the sphere is active, whether a mirror shows, and flashes.
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import combinations
from pathlib import Path

from helios.audio.analyzer import PreAnalyzer
from helios.audio.table import PreAnalysisResult
from helios.rendering.find import find_composition
from helios.rendering.living import FPS, FilmLook, compare_films, look_around_film, look_at_film
from helios.scene.library import template_names
from helios.scene.living import Measure
from helios.shader.gallery import shipped_shaders
from helios.shader.glsl import has_main_vr
from helios.shader.read import read_shader

Songs = dict[Path, PreAnalysisResult]
Films = dict[str, tuple[Measure, ...]]


def measured(name: str, songs: Songs) -> Films:
    """The measures of the films of each song; of their pairs, the one that is most alike."""
    composition = find_composition(name, Path.cwd())
    films: dict[str, FilmLook] = {
        path.stem: look_at_film(composition, path, table) for path, table in songs.items()
    }
    alike: dict[str, list[Measure]] = {song: [] for song in films}
    for one, other in combinations(films, 2):
        measure = compare_films(films[one], films[other])
        alike[one].append(measure)
        alike[other].append(measure)
    return {
        song: (*film.measures, *sorted(alike[song], key=lambda m: m.value or 0.0)[-1:])
        for song, film in films.items()
    }


def measured_around(name: str, songs: Songs) -> Films:
    """The measures of the films that go all around."""
    composition = find_composition(name, Path.cwd())
    return {path.stem: look_around_film(composition, path) for path in songs}


def cell(measures: tuple[Measure, ...]) -> str:
    """Of a film: how many pass, and what does not."""
    failed = "; ".join(f"{m.name} {m.value:.2f}" for m in measures if not m.passes)
    count = f"{sum(m.passes for m in measures)} of {len(measures)}"
    return f"{count} ({failed})" if failed else count


def shipped(around: bool) -> list[str]:
    """All scenes and shaders; ``around``: those that go all around."""
    shaders = [
        shader.name
        for shader in shipped_shaders()
        if not around or has_main_vr(read_shader(shader.file).passes[-1])
    ]
    return [*template_names(), *shaders]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.living", description=__doc__)
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--names", nargs="+", help="of all that ship, if not said")
    parser.add_argument("--around", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    measure = measured_around if arguments.around else measured
    hearing = PreAnalyzer(fps=FPS)
    songs = {path: hearing.analyze(path) for path in arguments.songs}
    if not arguments.json:
        print("| |" + "".join(f" {song.stem} |" for song in songs))
        print("|---|" + "---|" * len(songs))
    for name in arguments.names or shipped(arguments.around):
        began = time.monotonic()
        films = measure(name, songs)
        if arguments.json:
            rows = {song: {m.name: m.value for m in found} for song, found in films.items()}
            wall_s = round(time.monotonic() - began, 1)
            print(json.dumps({"name": name, "wall_s": wall_s, "songs": rows}), flush=True)
        else:
            cells = "".join(f" {cell(found)} |" for found in films.values())
            print(f"| `{name}` |{cells}", flush=True)


if __name__ == "__main__":
    main()
