"""The same shader in ShaderFlow and here, on the software rasteriser: cold start to finished film.

    python -m benchmarks.shaders --rival-python PATH [--rounds N] [--patience S]

PATH is a Python with ShaderFlow (``pip install shaderflow``); ``ffmpeg``, which it encodes with,
has to be in the path. The shader is Star Nest with the frame-number bar code over it, so that each
picture of each film says whether it is right. Neither supersamples.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import (
    BENCHMARKS,
    FPS,
    HEIGHT,
    ROOT,
    WIDTH,
    Contestant,
    describe_machine,
    make_table,
    run_rounds,
)

FRAMES = 45
GROUP = "Star Nest, 17 iterations by 20 steps"
MATCHED = "superfast,22"
"""x264's preset and CRF, as ours are by default."""
BAR_CODE = """
float cell_of(vec2 place, vec2 size, int number) {
    ivec2 cell = ivec2(vec2(place.x, size.y - place.y) * vec2(20.0, 9.0) / size);
    if (cell.x > 13 || cell.y > 1) return -1.0;
    int k = cell.y * 14 + cell.x, gray = number ^ (number >> 1);
    if (k == 0 || k == 27) return 1.0;
    if (k == 13 || k == 14) return 0.0;
    if (k < 13) return float((gray >> (20 - k)) & 1);
    if (k < 23) return float((gray >> (22 - k)) & 1);
    return float((number >> (26 - k)) & 1);
}
"""
THEIRS = """
void main() {
    star_nest();
    float cell = cell_of(gl_FragCoord.xy, iResolution.xy, iFrame);
    if (cell >= 0.0) fragColor.rgb = vec3(cell);
}
"""
OURS_BEFORE = "vec4 fragColor;\nvec2 gluv;\n"
OURS = """
void mainImage(out vec4 picture, in vec2 place) {
    gluv = (2.0 * place - iResolution.xy) / iResolution.y;
    star_nest();
    float cell = cell_of(place, iResolution.xy, iFrame);
    if (cell >= 0.0) fragColor.rgb = vec3(cell);
    picture = fragColor;
}
"""


def contestants(folder: Path, rival_python: str) -> list[Contestant]:
    """The shader for each, and the commands that make its film."""
    star_nest = (BENCHMARKS / "star_nest.frag").read_text(encoding="utf-8")
    star_nest = star_nest.replace("void main()", "void star_nest()")
    own, other = folder / "own.frag", folder / "other.glsl"
    own.write_text(OURS_BEFORE + star_nest + BAR_CODE + OURS, encoding="utf-8")
    other.write_text(star_nest + BAR_CODE + THEIRS, encoding="utf-8")
    size = ("--width", str(WIDTH), "--height", str(HEIGHT), "--fps", str(FPS))
    render = (sys.executable, "-m", "helios", "render", str(own), "-o", "{film}", "--quiet")
    rival = (
        rival_python,
        str(BENCHMARKS / "rival_shaderflow.py"),
        str(FRAMES / FPS),
        "{film}",
        "--shader",
        str(other),
        "--size",
        f"{WIDTH}x{HEIGHT}",
    )
    return [
        Contestant(
            group=GROUP,
            name="Helios for Python",
            setting="default (superfast, CRF 22)",
            command=(*render, *size, "--duration", str(FRAMES / FPS)),
            environment=(("PYTHONPATH", str(ROOT / "src")),),
            frames=FRAMES,
            is_ours=True,
        ),
        Contestant(
            group=GROUP,
            name="ShaderFlow",
            setting="x264 as ours",
            command=(*rival, "--x264", MATCHED),
            frames=FRAMES,
        ),
        Contestant(
            group=GROUP,
            name="ShaderFlow",
            setting="its default (slow, CRF 20)",
            command=rival,
            frames=FRAMES,
        ),
    ]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rival-python", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=float, default=0.0)
    parser.add_argument("--timeout", type=float, default=600.0)
    options = parser.parse_args()
    version = subprocess.run(
        [options.rival_python, "-m", "pip", "show", "shaderflow"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("Version: ")[1]
    with tempfile.TemporaryDirectory(prefix="helios-shaders-") as name:
        folder = Path(name)
        runs = run_rounds(
            contestants(folder, options.rival_python),
            options.rounds,
            folder,
            options.timeout,
            options.patience,
        )
    print(
        f"{WIDTH}x{HEIGHT}, {FRAMES} frames at {FPS} fps, {options.rounds} rounds in turns, cold "
        f"start to file. {describe_machine()}. ShaderFlow {version.split()[0]}.\n"
    )
    print(make_table(runs))


if __name__ == "__main__":
    main()
