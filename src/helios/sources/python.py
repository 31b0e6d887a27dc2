"""Frames drawn by Python: a callable, or an object with a ``draw`` method.

    def draw(frame, context):
        return pixels            # (H, W, 3) or (H, W, 4) uint8 or uint16, rows from the top

``context`` may be left out. Optional attributes ``fps``, ``duration`` (seconds), ``width`` and
``height`` of the callable, object or class are the defaults of the render.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from helios.errors import HeliosError, LoadError, ScriptError
from helios.files.whole import file_sha256
from helios.model.picture import Alpha, Picture, PixelFormat
from helios.model.timebase import parse_fps, parse_number, parse_seconds
from helios.sources.film_audio import FilmAudio, FrameAudio, film_audio
from helios.sources.load import Loaded, describe_error, load_object, source_files

_DEPTHS = (np.uint8, np.uint16)
_FORMATS = {
    (1, 3): PixelFormat.RGB24,
    (1, 4): PixelFormat.RGBA,
    (2, 3): PixelFormat.RGB48,
    (2, 4): PixelFormat.RGBA64,
}
_OF_SONG = re.compile(rb"\b(audio|song)\b")
Draw = Callable[..., Any]
T = TypeVar("T")


def _silence() -> FilmAudio:
    return film_audio(None, 0, Fraction(30))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameContext:
    """What a frame may depend on, besides its number."""

    frame: int
    fps: Fraction
    width: int
    height: int
    frame_total: int
    """Frames of the whole film, whichever part of it is drawn here."""
    props: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    song: FilmAudio = field(default_factory=_silence)
    """The film's sound as a whole."""

    @property
    def audio(self) -> FrameAudio:
        """What the film's sound does in this frame; silence without one."""
        return self.song.frame(self.frame)

    @property
    def time_s(self) -> float:
        """When the frame begins."""
        return float(self.frame / self.fps)

    def random(self) -> np.random.Generator:
        """Chance that is the same in every render: it depends on the seed and the frame only."""
        return np.random.default_rng((self.seed, self.frame))


class PythonComposition:
    """A loaded composition: how it draws and what it declares about itself.

    ``location`` is ``module:object``, ``path/to/file.py:object``, or the callable or object.

    Raises:
        CompositionNotFound: there is no such module, file or object.
        LoadError: importing it failed, or it cannot draw.
    """

    def __init__(self, location: str | object, folder: Path | None = None) -> None:
        folder = folder or Path()
        loaded = (
            load_object(location, folder)
            if isinstance(location, str)
            else Loaded(value=location, name=_name(location), root=None)
        )
        self.name = loaded.name
        self._loaded = loaded
        target = _instance(loaded)
        self.draw = _draw_method(target, loaded.name)
        self.wants_context = _wants_context(self.draw)
        _check_takes_frame(self.draw, loaded.name, wants_context=self.wants_context)
        self.fps = self._declared(target, "fps", lambda value, _: parse_fps(value))
        self.duration_s = self._declared(target, "duration", parse_seconds)
        self.width = self._declared(target, "width", _whole)
        self.height = self._declared(target, "height", _whole)

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path, SHA-256) of its source file and of the modules beside it that it imported.

        Empty when there is no file, as for a function typed into a notebook.
        """
        files = source_files(self._loaded, self.draw)
        return tuple((str(path), file_sha256(path)) for path in files)

    def hears(self) -> bool:
        """Whether it may read the film's sound, as far as its code tells."""
        files = source_files(self._loaded, self.draw)
        if not files:
            return self.wants_context
        return any(_OF_SONG.search(path.read_bytes()) for path in files)

    def _declared(self, target: object, name: str, read: Callable[[object, str], T]) -> T | None:
        value = getattr(target, name, None)
        if value is None or callable(value):
            return None
        try:
            return read(value, name)
        except HeliosError as error:
            raise LoadError(f"{self.name} declares a wrong {name}: {error.message}") from error


class PythonSource:
    """Draws a Python composition's frames. ``close`` is passed on if the object has one."""

    def __init__(
        self,
        composition: PythonComposition | str | object,
        *,
        width: int,
        height: int,
        fps: Fraction = Fraction(30),
        frame_total: int = 0,
        props: Mapping[str, Any] | None = None,
        seed: int = 0,
        song: FilmAudio | None = None,
        folder: Path | None = None,
    ) -> None:
        self.composition = (
            composition
            if isinstance(composition, PythonComposition)
            else PythonComposition(composition, folder)
        )
        self._first = FrameContext(
            frame=0,
            fps=fps,
            width=width,
            height=height,
            frame_total=frame_total,
            props=props or {},
            seed=seed,
            song=song or _silence(),
        )
        self._size = (height, width)

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """Draw frames ``start_frame`` to ``start_frame + frame_count`` (exclusive).

        Raises:
            ScriptError: drawing raised an error.
            ScriptError: what was drawn is not a picture of the film's size.
        """
        before: object = None
        for frame in range(start_frame, start_frame + frame_count):
            drawn = self._draw(frame)
            changed = () if drawn is before and _is_fixed(drawn) else None
            yield replace(self._picture(frame, drawn), changed=changed)
            # What may change is no repeat, and not held while the next is drawn.
            before = drawn if _is_fixed(drawn) else None
            del drawn

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path, SHA-256) of the composition's source."""
        return self.composition.inputs()

    def warnings(self) -> tuple[str, ...]:
        """See ``FrameSource``."""
        return ()

    def close(self) -> None:
        """Let the composition close what it holds open."""
        owner = getattr(self.composition.draw, "__self__", None)
        close = getattr(owner, "close", None)
        if callable(close):
            close()

    def _draw(self, frame: int) -> object:
        arguments: list[Any] = [frame]
        if self.composition.wants_context:
            arguments.append(replace(self._first, frame=frame))
        try:
            return self.composition.draw(*arguments)
        except HeliosError:
            raise
        except Exception as error:
            raise ScriptError(
                f"frame {frame}: {self.composition.name} raised {describe_error(error)}"
            ) from error

    def _picture(self, frame: int, drawn: object) -> Picture:
        pixels = self._checked(frame, drawn)
        has_alpha = pixels.shape[2] == 4
        return Picture(
            frame=frame,
            width=self._size[1],
            height=self._size[0],
            format=_FORMATS[pixels.dtype.itemsize, pixels.shape[2]],
            planes=(pixels,),
            alpha=Alpha.STRAIGHT if has_alpha else Alpha.OPAQUE,
        )

    def _checked(self, frame: int, drawn: object) -> NDArray[np.uint8] | NDArray[np.uint16]:
        height, width = self._size
        shapes = ((height, width, 3), (height, width, 4))
        if isinstance(drawn, np.ndarray) and drawn.dtype in _DEPTHS and drawn.shape in shapes:
            return drawn
        raise ScriptError(
            f"frame {frame}: {self.composition.name} returned {_describe(drawn)}; wanted is a "
            f"uint8 or uint16 array of shape ({height}, {width}, 3) or ({height}, {width}, 4)",
            hint=_advice(drawn, height, width),
        )


def _is_fixed(drawn: object) -> bool:
    """Whether nobody can change it."""
    return isinstance(drawn, np.ndarray) and drawn.flags.owndata and not drawn.flags.writeable


def _name(value: object) -> str:
    return getattr(value, "__qualname__", None) or type(value).__qualname__


def _instance(loaded: Loaded) -> object:
    if not inspect.isclass(loaded.value):
        return loaded.value
    try:
        return loaded.value()
    except Exception as error:
        raise LoadError(f"{loaded.name} cannot be made: {describe_error(error)}") from error


def _draw_method(target: object, name: str) -> Draw:
    draw = getattr(target, "draw", target)
    if not callable(draw):
        raise LoadError(
            f"{name} cannot draw: it is {_describe(target)}",
            hint="Give a function draw(frame) or an object with such a method.",
        )
    return draw


def _wants_context(draw: Draw) -> bool:
    try:
        parameters = inspect.signature(draw).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    places = [p for p in parameters if p.kind in positional]
    required = [p for p in places if p.default is inspect.Parameter.empty]
    starred = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters)
    return len(required) >= 2 or starred or (len(places) >= 2 and places[1].name == "context")


def _check_takes_frame(draw: Draw, name: str, *, wants_context: bool) -> None:
    try:
        signature = inspect.signature(draw)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*([None, None] if wants_context else [None]))
    except TypeError as error:
        code = getattr(inspect.unwrap(draw), "__code__", None)
        place = f" ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else ""
        raise LoadError(
            f"{name} cannot take a frame: its parameters are {signature}{place}",
            hint="Give it draw(frame) or draw(frame, context).",
        ) from error


def _whole(value: object, name: str) -> int:
    number = parse_number(value, name)
    if number.denominator != 1 or number < 2 or number % 2:
        raise LoadError(f"{name} must be an even number of pixels, not {value}")
    return int(number)


def _describe(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"a {value.dtype} array of shape {value.shape}"
    return "None" if value is None else f"a {type(value).__name__}"


def _advice(drawn: object, height: int, width: int) -> str:
    if not isinstance(drawn, np.ndarray):
        return "Return a numpy array; for a Pillow image: numpy.asarray(image.convert('RGB'))."
    if drawn.shape[:2] == (width, height) != (height, width):
        return "Rows come first: swap the first two axes."
    if drawn.dtype not in _DEPTHS:
        return "Scale to 0..255 and convert with .astype(numpy.uint8), or 0..65535 for uint16."
    return (
        "Draw at context.width and context.height, or set the film's size with --width, --height."
    )
