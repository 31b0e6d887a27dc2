"""Whether the films of the templates live: every measure, over songs of different kinds.

    python -m benchmarks.living SONG SONG ... [--names NAME ...] [--json] [--around]

Draws each template's film of each song small, as ``helios templates sheet`` does, and compares the
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
from helios.rendering.living import FPS, FilmLook, compare_films, look_around_film, look_at_film
from helios.scene.library import load_template, template_names
from helios.scene.living import Measure

Films = dict[str, tuple[Measure, ...]]


def measured(name: str, songs: dict[str, PreAnalysisResult], threads: int | None) -> Films:
    """The measures of a template's film of each song; of its pairs, the one that is most alike."""
    template = load_template(name)
    films: dict[str, FilmLook] = {
        song: look_at_film(template, table, threads) for song, table in songs.items()
    }
    alike: dict[str, list[Measure]] = {song: [] for song in songs}
    for one, other in combinations(films, 2):
        measure = compare_films(films[one], films[other])
        alike[one].append(measure)
        alike[other].append(measure)
    return {
        song: (*film.measures, *sorted(alike[song], key=lambda m: m.value or 0.0)[-1:])
        for song, film in films.items()
    }


def measured_around(name: str, songs: dict[str, PreAnalysisResult], threads: int | None) -> Films:
    """The measures of a template's films that go all around."""
    template = load_template(name)
    return {song: look_around_film(template, table, threads) for song, table in songs.items()}


def cell(measures: tuple[Measure, ...]) -> str:
    """Of a film: how many pass, and what does not."""
    failed = "; ".join(f"{m.name} {m.value:.2f}" for m in measures if not m.passes)
    count = f"{sum(m.passes for m in measures)} of {len(measures)}"
    return f"{count} ({failed})" if failed else count


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.living", description=__doc__)
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--names", nargs="+", default=list(template_names()))
    parser.add_argument("--threads", type=int)
    parser.add_argument("--around", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    measure = measured_around if arguments.around else measured
    hearing = PreAnalyzer(fps=FPS)
    songs = {path.stem: hearing.analyze(path) for path in arguments.songs}
    if not arguments.json:
        print("| |" + "".join(f" {song} |" for song in songs))
        print("|---|" + "---|" * len(songs))
    for name in arguments.names:
        began = time.monotonic()
        films = measure(name, songs, arguments.threads)
        if arguments.json:
            rows = {song: {m.name: m.value for m in found} for song, found in films.items()}
            wall_s = round(time.monotonic() - began, 1)
            print(json.dumps({"name": name, "wall_s": wall_s, "songs": rows}), flush=True)
        else:
            cells = "".join(f" {cell(found)} |" for found in films.values())
            print(f"| `{name}` |{cells}", flush=True)


if __name__ == "__main__":
    main()
