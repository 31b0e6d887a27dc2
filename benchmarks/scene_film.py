"""What a film of a scene costs beyond drawing and encoding it.

    python -m benchmarks.scene_film [--template etherealFlame] [--frames 150] [--rounds 3]

If a picture costs c and its encoding e processor seconds, n cores can give at most n / (c + e)
pictures a second. Prints what share of that both give together, how much of the time is Python,
and how much longer the way from pictures to the film over a PNG sequence takes. A round measures
everything once, so that its ratios belong to one state of the machine; medians are shown.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from benchmarks.harness import describe_machine
from benchmarks.processes import measured

from helios.encode.encoder import ChunkEncoder
from helios.encode.images import ImageSequenceWriter
from helios.model.options import RenderOptions
from helios.model.picture import Picture, PixelFormat
from helios.planning.encoding import resolve_encoding
from helios.scene.library import builtin_text
from helios.sources.images import ImageSource
from helios.sources.scene import SceneSource, SceneSourceSettings

WIDTH, HEIGHT, FPS = 1920, 1080, Fraction(30)
KEPT = 24


def open_source(template: object, width: int, height: int, kind: PixelFormat) -> SceneSource:
    """A source that has drawn its first picture: kernels are compiled, the sky is there."""
    source = SceneSource(
        SceneSourceSettings(
            template=template, width=width, height=height, fps=FPS, total_frames=2000, format=kind
        )
    )
    source.picture(0)
    return source


def open_encoder(path: Path) -> ChunkEncoder:
    options = RenderOptions.read({"preset": "veryfast"})
    return ChunkEncoder(path, resolve_encoding(options, "mp4", width=WIDTH, height=HEIGHT, fps=FPS))


def python_seconds(template: str, frames: int) -> float:
    """Processor seconds of a picture in which there is next to nothing to draw."""
    content = builtin_text(template)
    for layer in content["layers"]:
        layer["particleCount"] = 1
    source = open_source(content, 16, 16, PixelFormat.YUV420P)
    with measured(time.process_time) as stretch:
        for _ in source.frames(1, frames):
            pass
    source.close()
    return stretch.cpu_s / frames


def kept(source: SceneSource) -> list[Picture]:
    """Pictures that outlive the source's buffers."""
    return [
        replace(one, planes=tuple(plane.copy() for plane in one.planes))
        for one in source.frames(1, KEPT)
    ]


def film_round(template: str, frames: int, folder: Path) -> dict[str, float]:
    """Scene alone, encoder alone, both together."""
    source = open_source(template, WIDTH, HEIGHT, PixelFormat.YUV420P)
    pictures = kept(source)
    with measured(time.process_time) as draw:
        for _ in source.frames(100, frames):
            pass
    with measured(time.process_time) as encode, open_encoder(folder / "alone.mp4") as sink:
        for number in range(frames):
            sink.write(replace(pictures[number % KEPT], frame=number))
    with measured(time.process_time) as both, open_encoder(folder / "both.mp4") as sink:
        for number in range(frames):
            sink.write(replace(source.picture(100 + number), frame=number))
    source.close()
    bound = len(os.sched_getaffinity(0)) * frames / (draw.cpu_s + encode.cpu_s)
    return {
        "draw_ms": 1e3 * draw.cpu_s / frames,
        "encode_ms": 1e3 * encode.cpu_s / frames,
        "both_ms": 1e3 * both.cpu_s / frames,
        "fps": frames / both.wall_s,
        "bound_fps": bound,
        "efficiency": frames / both.wall_s / bound,
        "python_ms": 1e3 * python_seconds(template, 200),
    }


def sequence_round(template: str, folder: Path) -> dict[str, float]:
    """From drawn pictures to the film: encoded at once, or as PNG files that are encoded then."""
    source = open_source(template, WIDTH, HEIGHT, PixelFormat.YUV420P)
    pictures = kept(source)
    source.close()
    with measured(time.process_time) as direct, open_encoder(folder / "direct.mp4") as sink:
        for number, picture in enumerate(pictures):
            sink.write(replace(picture, frame=number))
    source = open_source(template, WIDTH, HEIGHT, PixelFormat.RGB24)
    pictures = kept(source)
    source.close()
    with measured(time.process_time) as detour:
        writer = ImageSequenceWriter(folder / "png", WIDTH, HEIGHT, last_frame=KEPT)
        for number, picture in enumerate(pictures):
            writer.write(replace(picture, frame=number))
        writer.finish()
        with open_encoder(folder / "detour.mp4") as sink:
            images = ImageSource(str(folder / "png"))
            for picture in images.frames(0, KEPT):
                sink.write(picture)
    return {
        "sequence_wall": detour.wall_s / direct.wall_s,
        "sequence_cpu": detour.cpu_s / direct.cpu_s,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scene_film", description=__doc__)
    parser.add_argument("--template", default="etherealFlame")
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    rounds = []
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory(prefix="helios-scene-") as name:
            one = film_round(arguments.template, arguments.frames, Path(name))
            rounds.append(one | sequence_round(arguments.template, Path(name)))
            print(json.dumps({key: round(value, 3) for key, value in rounds[-1].items()}))
    middle = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    share = middle["python_ms"] / (middle["draw_ms"] + middle["encode_ms"])
    print(f"\n{arguments.template}, {WIDTH}x{HEIGHT}, x264 veryfast. {describe_machine()}.\n")
    print("| | |\n|---|---|")
    print(f"| scene alone | {middle['draw_ms']:.1f} ms of processor time a frame |")
    print(f"| encoder alone | {middle['encode_ms']:.1f} ms |")
    print(f"| bound | {middle['bound_fps']:.1f} frames/s |")
    print(f"| both together | {middle['fps']:.1f} frames/s: {middle['efficiency']:.2f} of it |")
    parts = middle["draw_ms"] + middle["encode_ms"]
    print(f"| processor time together, of the sum | {middle['both_ms'] / parts:.2f} |")
    print(f"| Python's share, at most | {share:.1%} |")
    print(
        f"| from pictures to film over PNG files | {middle['sequence_wall']:.1f} times the wall "
        f"time, {middle['sequence_cpu']:.1f} times the processor time |"
    )


if __name__ == "__main__":
    main()
