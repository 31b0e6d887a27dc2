"""A film's frames from numbered images."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helios.errors import CompositionNotFound, DecodeError, LoadError
from helios.files.whole import file_sha256
from helios.media.pictures import read_image
from helios.model.picture import Alpha, Picture, PixelFormat

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")

_READERS = 2
_READ_AHEAD = 3


class ImageSource:
    """Frames from image files, in the order of their numbers.

    ``pattern`` is ``frames/%05d.png``, a glob (``frames/*.png``) or a folder of images. The
    first number that exists is frame 0.

    Raises:
        CompositionNotFound: no image fits the pattern.
        LoadError: a number is missing, or the images are not numbered.
    """

    def __init__(self, pattern: str, folder: Path | None = None) -> None:
        self.paths = find_images(pattern, folder or Path())
        first = _read(self.paths[0], 0)
        self.height, self.width = int(first.shape[0]), int(first.shape[1])

    @property
    def frame_count(self) -> int:
        """How many images there are."""
        return len(self.paths)

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """The images ``start_frame`` to ``start_frame + frame_count`` (exclusive).

        Raises:
            CaptureError: there are not that many, one cannot be read or has another size.
        """
        numbers = iter(range(start_frame, start_frame + frame_count))
        pool = ThreadPoolExecutor(_READERS, thread_name_prefix="helios-images")
        try:
            waiting = deque(pool.submit(self._picture, n) for n in islice(numbers, _READ_AHEAD))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(pool.submit(self._picture, n) for n in islice(numbers, 1))
        finally:
            pool.shutdown(cancel_futures=True)

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path, SHA-256) of every image."""
        return tuple((str(path), file_sha256(path)) for path in self.paths)

    def warnings(self) -> tuple[str, ...]:
        """See ``FrameSource``."""
        return ()

    def close(self) -> None:
        """Nothing is held open."""

    def _picture(self, number: int) -> Picture:
        if number >= len(self.paths):
            raise LoadError(
                f"there is no image for frame {number}; the last is the one of "
                f"frame {len(self.paths) - 1}"
            )
        path = self.paths[number]
        pixels = _read(path, number)
        height, width, channels = pixels.shape
        if (width, height) != (self.width, self.height):
            raise LoadError(
                f"frame {number} ({path.name}) is {width}x{height}, but {self.paths[0].name} is "
                f"{self.width}x{self.height}",
                hint="All images of a film have the same size.",
            )
        return Picture(
            frame=number,
            width=width,
            height=height,
            format=PixelFormat.RGBA if channels == 4 else PixelFormat.RGB24,
            planes=(pixels,),
            alpha=Alpha.STRAIGHT if channels == 4 else Alpha.OPAQUE,
        )


def find_images(pattern: str, folder: Path) -> list[Path]:
    """The images that ``pattern`` names, by number, without gaps.

    Raises:
        CompositionNotFound: none.
        LoadError: a number is missing or taken twice, or a name has no number.
    """
    target = (folder / pattern).absolute()
    if target.is_dir():
        candidates = [p for p in target.iterdir() if p.suffix.lower() in SUFFIXES]
    elif printf := re.search(r"%0?\d*d", target.name):
        before, after = target.name[: printf.start()], target.name[printf.end() :]
        wanted = re.compile(re.escape(before) + r"\d+" + re.escape(after))
        candidates = [p for p in _files(target.parent) if wanted.fullmatch(p.name)]
    elif target.is_file():
        return [target]
    else:
        candidates = list(target.parent.glob(target.name)) if target.parent.is_dir() else []
    candidates = [p for p in candidates if not p.name.startswith(".")]
    if not candidates:
        raise CompositionNotFound(
            f"no images at {pattern!r}",
            hint="Give a pattern such as 'frames/%05d.png', a glob or a folder.",
        )
    return _in_order(candidates)


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _in_order(candidates: list[Path]) -> list[Path]:
    numbered: dict[int, Path] = {}
    for path in sorted(candidates):
        digits = re.findall(r"\d+", path.stem)
        if not digits:
            raise LoadError(
                f"image {path.name} has no number", hint="Name images 00000.png, 00001.png, ..."
            )
        number = int(digits[-1])
        if number in numbered:
            raise LoadError(f"{numbered[number].name} and {path.name} have the same number")
        numbered[number] = path
    numbers = sorted(numbered)
    for number, expected in zip(numbers, range(numbers[0], numbers[-1] + 1), strict=False):
        if number != expected:
            raise LoadError(
                f"image number {expected} is missing: after {numbered[expected - 1].name} comes "
                f"{numbered[number].name}",
                hint="Render the missing images, or rename the rest without a gap.",
            )
    return [numbered[number] for number in numbers]


def _read(path: Path, number: int) -> NDArray[np.uint8]:
    try:
        return read_image(path)
    except DecodeError as error:
        raise LoadError(f"frame {number}: {error.message}", hint=error.hint) from error
