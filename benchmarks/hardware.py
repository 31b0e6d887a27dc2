"""How good and how fast the encoders of this machine's graphics cards are, against the processor's.

    PYTHONPATH=src python -m benchmarks.hardware [--encoder NAME ...] [--sizes 1920x1080 ...]

Of each encoder whose test film comes out right, or of those named: SSIM of a film of two chunks,
for several qualities, beside that of x264, x265 or SVT-AV1 at the same quality and at the same size
of file; whether a second run gives the same bytes; and frames a second for each size. The pictures
are what scenes are like: soft light, stars that move, and a little noise.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from benchmarks.harness import describe_machine
from numpy.typing import NDArray

from helios.encode.encoder import ChunkEncoder
from helios.merge.join import join_parts
from helios.merge.parts import Part
from helios.model.encoding import EncodeSettings
from helios.model.formats import VIDEO_CODECS, VideoCodec, video_codec
from helios.model.options import RenderOptions
from helios.model.picture import Picture, PixelFormat
from helios.planning.encoding import resolve_encoding
from helios.rendering.hardware import fault_of

FPS = 30
FRAMES = 60
QUALITIES = (18, 22, 26, 30)
USUAL = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1"}
_BLOCK = 8
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def picture(number: int, width: int, height: int) -> Picture:
    """Frame ``number`` of the film that is encoded."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    centre = width * (0.4 + 0.004 * number)
    glow = 90 * np.exp(
        -(((x - centre) / (width / 5)) ** 2 + ((y - height / 2) / (height / 4)) ** 2)
    )
    luma = 20 + glow + 12 * np.sin(x / 37 + number / 9) * np.cos(y / 53 - number / 13)
    places, noise = np.random.default_rng(7), np.random.default_rng(number)
    count = width * height // 700
    stars = places.integers(0, height, count), places.integers(0, width, count)
    luma[stars[0], (stars[1] + 3 * number) % width] += 120
    luma += noise.normal(0, 1.5, luma.shape)
    chroma = [np.full((height // 2, width // 2), level, np.uint8) for level in (118, 140)]
    return Picture(
        frame=number,
        width=width,
        height=height,
        format=PixelFormat.YUV420P,
        planes=(np.clip(luma, 16, 235).astype(np.uint8), *chroma),
    )


def settings(encoder: str, width: int, height: int, **options: Any) -> EncodeSettings:
    """What a film of this size is encoded with."""
    asked = RenderOptions.read({"video_codec": encoder, **options})
    suffix = video_codec(encoder).containers[0]
    return resolve_encoding(asked, suffix, width=width, height=height, fps=Fraction(FPS))


def encode(path: Path, encode: EncodeSettings, pictures: Sequence[Picture]) -> float:
    """Make a chunk; gives the seconds that it took."""
    began = time.perf_counter()
    with ChunkEncoder(path, encode) as encoder:
        for each in pictures:
            encoder.write(each)
    return time.perf_counter() - began


def ssim(film: Path, pictures: Sequence[Picture]) -> float:
    """The mean over the film's pictures, of luma in blocks of 8x8."""
    with av.open(str(film)) as container:
        shown = [frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)]
    assert len(shown) == len(pictures)
    return float(np.mean([_alike(a, b.planes[0]) for a, b in zip(shown, pictures, strict=True)]))


def _alike(shown: NDArray[np.uint8], wanted: NDArray[Any]) -> float:
    a, b = shown[: len(wanted)].astype(np.float32), wanted.astype(np.float32)
    mean_a, mean_b = _blocks(a), _blocks(b)
    var_a, var_b = _blocks(a * a) - mean_a**2, _blocks(b * b) - mean_b**2
    both = _blocks(a * b) - mean_a * mean_b
    top = (2 * mean_a * mean_b + _C1) * (2 * both + _C2)
    return float((top / ((mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2))).mean())


def _blocks(values: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = (side // _BLOCK for side in values.shape)
    cells = values[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    means: NDArray[np.float32] = cells.mean((1, 3))
    return means


def quality_rows(codec: VideoCodec, folder: Path, size: tuple[int, int]) -> Iterator[str]:
    """A row for each quality."""
    pictures = [picture(number, *size) for number in range(FRAMES)]
    half, usual = FRAMES // 2, USUAL[codec.family]
    suffix = codec.chunk_container
    for quality in QUALITIES:
        asked = settings(codec.encoder, *size, quality=quality)
        parts = [Part(folder / f"{n}.{suffix}", n * half, half) for n in (0, 1)]
        for n, part in enumerate(parts):
            encode(part.path, asked, pictures[n * half : (n + 1) * half])
        film = folder / "film.mp4"
        join_parts(parts, film, fps=Fraction(FPS))
        again = folder / f"again.{suffix}"
        encode(again, asked, pictures[:half])
        same = "same bytes" if again.read_bytes() == parts[0].path.read_bytes() else "other bytes"
        theirs = folder / f"usual.{suffix}"
        encode(theirs, settings(usual, *size, quality=quality), pictures)
        at_quality = ssim(theirs, pictures), theirs.stat().st_size
        bits = film.stat().st_size * 8 * FPS // FRAMES
        encode(theirs, settings(usual, *size, video_bitrate=bits), pictures)
        at_size = ssim(theirs, pictures), theirs.stat().st_size
        yield (
            f"| {codec.encoder} | {quality} | {_cell(ssim(film, pictures), film.stat().st_size)} "
            f"| {_cell(*at_quality)} | {_cell(*at_size)} | {same} |"
        )


def _cell(likeness: float, size: int) -> str:
    return f"{likeness:.4f}, {size / 1e6:.2f} MB"


def speed(codec: VideoCodec, folder: Path, size: tuple[int, int]) -> str:
    """Frames a second, or why not."""
    if max(size) > codec.max_side:
        return "too large"
    asked = settings(codec.encoder, *size)
    some = [picture(number, *size) for number in range(4)]
    count = max(8, 240 * 1920 * 1080 // (size[0] * size[1]))
    seconds = encode(
        folder / f"speed.{codec.chunk_container}", asked, [some[n % 4] for n in range(count)]
    )
    return f"{count / seconds:.1f} fps"


def main() -> None:
    """Print what was found, and a table for quality and one for speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", nargs="+", default=[])
    parser.add_argument("--sizes", nargs="+", default=["1920x1080", "3840x2160", "8192x4096"])
    options = parser.parse_args()
    sizes = [(int(w), int(h)) for w, h in (text.split("x") for text in options.sizes)]
    found = [video_codec(name) for name in options.encoder]
    for row in (row for row in VIDEO_CODECS if row.hardware and not options.encoder):
        fault = fault_of(settings(row.encoder, 1920, 1080))
        print(f"{row.encoder}: {fault or 'works'}", flush=True)
        if not fault:
            found.append(row)
    if not found:
        return
    print(
        f"\n{describe_machine()}. {FRAMES} frames of {options.sizes[0]}, SSIM and size of film.\n"
    )
    print("| encoder | quality | its film | processor, same quality | same size | second run |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="helios-hardware-") as name:
        folder = Path(name)
        for codec in found:
            for line in quality_rows(codec, folder, sizes[0]):
                print(line, flush=True)
        print(f"\n| encoder | {' | '.join(options.sizes)} |\n|---|{'---|' * len(sizes)}")
        for encoder in dict.fromkeys(
            [*(c.encoder for c in found), *(USUAL[c.family] for c in found)]
        ):
            cells = [speed(video_codec(encoder), folder, size) for size in sizes]
            print(f"| {encoder} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
