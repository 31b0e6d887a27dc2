"""Single frames and pages of them, of any composition and of finished films."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from helios.errors import OptionError, OutputNotWritable
from helios.files.hold import sweep
from helios.files.names import named_path, real_place
from helios.files.whole import new_file
from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions
from helios.model.picture import PixelFormat
from helios.rendering.in_process import open_source, python_composition
from helios.rendering.local import check_not_input
from helios.rendering.prepare import files_read

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILM_SUFFIXES = (
    ".mp4",
    ".mov",
    ".m4v",
    ".webm",
    ".mkv",
    ".avi",
    ".gif",
    ".apng",
    ".ts",
    ".mpg",
    ".ogv",
)
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_GAP = 4
_MOST = 400
_CHECKS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """One frame of a film."""

    frame: int
    time_s: Fraction
    total_frames: int
    pixels: NDArray[np.uint8]
    """(H, W, 3), or (H, W, 4) with straight alpha."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Which frame is wanted: by number, or by the second at which it is shown."""

    frame: int | None = None
    at_s: Fraction = Fraction(0)

    def number(self, fps: Fraction, total: int) -> int:
        """The frame's number; the film's very end shows the last one.

        Raises:
            OptionError: the film has no such frame.
        """
        end_s = total / fps
        if self.frame is not None:
            if not 0 <= self.frame < total:
                raise OptionError(
                    f"--frame: there is no frame {self.frame}: the film has {total}",
                    hint=f"Give --frame 0 to {total - 1}, or a longer --duration.",
                )
            return self.frame
        if not 0 <= self.at_s <= end_s:
            raise OptionError(
                f"--at: there is no second {float(self.at_s):g} in a film of "
                f"{float(end_s):g} seconds",
                hint=f"Give --at 0 to {float(end_s):g}, or a composition a longer --duration.",
            )
        return min(int(self.at_s * fps), total - 1)


def take_still(
    target: Any, moment: Moment, options: RenderOptions, *, image: Path | None = None
) -> Still:
    """Draw one frame of a composition, or read it from a film.

    Args:
        target: a ``Composition``, a Python object that draws, or the path of a film.
        moment: which frame.
        options: how it is drawn.
        image: where it will be written.

    Raises:
        OptionError: there is no such frame, or ``image`` is a file that is read for it.
        HeliosError: it cannot be loaded, drawn or read.
    """
    (still,) = _stills(target, lambda fps, total: [moment.number(fps, total)], options, image)
    return still


def take_sheet(
    target: Any,
    options: RenderOptions,
    *,
    count: int = 12,
    columns: int = 4,
    width: int = 320,
    image: Path | None = None,
) -> tuple[NDArray[np.uint8], list[Still]]:
    """``count`` frames from the first to the last on one page, each ``width`` pixels wide.

    ``image`` is where the page will be written.

    Raises:
        OptionError: more frames or columns than make sense, or ``image`` is a file that is read.
        HeliosError: it cannot be loaded, drawn or read.
    """
    if not 1 <= count <= _MOST:
        raise OptionError(f"a sheet has 1 to {_MOST} frames (--count), not {count}")
    if columns < 1:
        raise OptionError(f"a sheet has one column or more (--columns), not {columns}")
    if not 16 <= width <= 4096:
        raise OptionError(f"frames of a sheet are 16 to 4096 pixels wide (--width), not {width}")
    if isinstance(target, Composition) and target.kind is CompositionKind.SCENE:
        options = small_scene(options, width)
    small = [_shrunk(still, width) for still in _stills(target, _spread(count), options, image)]
    height = small[0][1].shape[0]
    columns = min(columns, len(small))
    rows = -(-len(small) // columns)
    shape = (rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, 3)
    sheet = np.zeros(shape, np.uint8)
    for place, (_, pixels) in enumerate(small):
        y, x = place // columns * (height + _GAP), place % columns * (width + _GAP)
        sheet[y : y + height, x : x + width] = pixels
    return sheet, [still for still, _ in small]


def find_film(name: str, folder: Path) -> Path | None:
    """The film that ``name`` means, if it is one."""
    path = named_path(folder, name)
    return path if path.suffix.lower() in FILM_SUFFIXES and path.is_file() else None


def write_image(path: Path, pixels: NDArray[np.uint8]) -> bool:
    """Write PNG, JPEG or WebP by the file's suffix; whether there was a file of that name before.

    Raises:
        OptionError: another suffix, or one that cannot hold transparency.
        OutputNotWritable: it cannot be written.
    """
    from PIL import Image

    check_image(path, transparent=pixels.shape[2] == 4)
    place = real_place(path)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        sweep(place.parent)
        was_there = place.exists()
        with new_file(place, suffix=path.suffix) as temporary:
            Image.fromarray(pixels).save(temporary, quality=92)
    except OSError as error:
        raise OutputNotWritable(f"cannot write {path}: {error.strerror or error}") from error
    return was_there


def check_image(path: Path, *, transparent: bool) -> None:
    """Refuse a name that no image can have, before it is drawn.

    Raises:
        OptionError: another suffix than of PNG, JPEG or WebP, or JPEG with transparency.
    """
    suffix = path.suffix.lower()
    if suffix not in IMAGE_SUFFIXES:
        raise OptionError(f"{path.name} is no kind of still", hint="Use .png, .jpg or .webp.")
    if transparent and suffix in (".jpg", ".jpeg"):
        raise OptionError("--transparent: JPEG has no transparency", hint="Use .png or .webp.")


def _spread(count: int) -> Any:
    """Frames over a whole film, first and last included; all of a film that has fewer."""

    def numbers(_fps: Fraction, total: int) -> list[int]:
        last = total - 1
        return sorted({round(last * i / max(1, count - 1)) for i in range(count)})

    return numbers


def _stills(
    target: Any, choose: Any, options: RenderOptions, image: Path | None
) -> Iterator[Still]:
    _check_not_read(image, _named(target, options))
    if isinstance(target, Path):
        yield from _film_stills(target, choose)
        return
    from helios.sources.rgb import to_pixels

    with ExitStack() as stack:
        source, resolved, facts = open_source(stack, target, options, format=PixelFormat.RGB24)
        stack.callback(source.close)
        _check_not_read(image, (name for name, _ in facts.inputs))
        fps, total = resolved.draw.fps, resolved.draw.total_frames
        for number in choose(fps, total):
            (pixels,) = [
                to_pixels(p, keep_alpha=options.transparent) for p in source.frames(number, 1)
            ]
            yield Still(
                frame=number,
                time_s=number / fps,
                total_frames=total,
                pixels=pixels,
                warnings=tuple(dict.fromkeys((*facts.warnings, *source.warnings()))),
            )
        # What a page asked for while it was drawn.
        _check_not_read(image, (name for name, _ in source.inputs()))


def _named(target: Any, options: RenderOptions) -> tuple[str, ...]:
    if isinstance(target, Path):
        return (str(target),)
    if not isinstance(target, Composition):
        target = python_composition(target)
    return files_read(target, options)


def _check_not_read(image: Path | None, inputs: Iterable[str]) -> None:
    if image is not None:
        check_not_input(image, inputs)


def _film_stills(path: Path, choose: Any) -> Iterator[Still]:
    from helios.media.pictures import film_length, pictures_at

    fps, total = film_length(path)
    numbers: Sequence[int] = choose(fps, total)
    times = [number / fps for number in numbers]
    for number, time_s, picture in zip(numbers, times, pictures_at(path, times), strict=True):
        pixels = np.asarray(picture.planes[0], np.uint8)
        yield Still(frame=number, time_s=time_s, total_frames=total, pixels=pixels)


def small_scene(options: RenderOptions, width: int) -> RenderOptions:
    """Scenes look alike at every size, so they are drawn no larger than they are shown."""
    from helios.model.formats import export_type

    full = options.width or (export_type(options.type).width if options.type else 1920)
    return options.changed(scale=min(options.scale, Fraction(width, full)))


def _shrunk(still: Still, width: int) -> tuple[Still, NDArray[np.uint8]]:
    """The picture at the sheet's size, over a chequered ground, its time in a corner."""
    from PIL import Image

    image = Image.fromarray(still.pixels)
    height = max(1, round(width * image.height / image.width))
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3)
    if image.mode == "RGBA":
        y, x = np.mgrid[0:height, 0:width] // _CHECKS
        ground = np.where((x + y) % 2, 170, 210).astype(np.uint8)
        below = Image.fromarray(np.repeat(ground[..., None], 3, axis=2))
        below.paste(image, mask=image.getchannel("A"))
        image = below
    _write_time(image, still.time_s)
    return still, np.asarray(image)


def _write_time(image: Any, time_s: Fraction) -> None:
    from PIL import ImageDraw, ImageFont

    size = max(9, image.width // 24)
    minutes, seconds = divmod(float(time_s), 60)
    text = f"{int(minutes)}:{seconds:05.2f}" if minutes else f"{seconds:.2f} s"
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    left, top, right, bottom = pen.textbbox((size // 2, size // 2), text, font)
    pen.rectangle((left - 3, top - 3, right + 3, bottom + 3), fill=(0, 0, 0))
    pen.text((size // 2, size // 2), text, fill=(255, 255, 255), font=font)
