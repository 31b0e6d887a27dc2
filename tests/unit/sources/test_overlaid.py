"""One picture over another, in every format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.parts import some_part

from helios.browser.alike import held
from helios.model.picture import Alpha, Picture, PixelFormat
from helios.sources.cover import Compositor, Over, prepared
from helios.sources.looped import LoopedSource
from helios.sources.overlaid import OverlaidSource
from helios.sources.rgb import to_rgb

WIDTH, HEIGHT = 32, 24


class Pictures:
    """Frames that are at hand."""

    def __init__(self, *pictures: Picture) -> None:
        self.pictures, self.is_closed = pictures, False

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        yield from self.pictures[start_frame : start_frame + frame_count]

    def inputs(self) -> tuple[tuple[str, str], ...]:
        return ()

    def warnings(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        self.is_closed = True


def picture(pixels: NDArray[np.uint8], name: PixelFormat, alpha: Alpha = Alpha.OPAQUE) -> Picture:
    return Picture(frame=0, width=WIDTH, height=HEIGHT, format=name, planes=(pixels,), alpha=alpha)


def grey(name: PixelFormat) -> Picture:
    """(60, 120, 180) throughout."""
    if name is PixelFormat.YUV420P:
        red, green, blue = 60 / 255, 120 / 255, 180 / 255
        luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        levels = (16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556)
        levels = (*levels, 128 + 224 * (red - luma) / 1.5748)
        sizes = ((HEIGHT, WIDTH), *((HEIGHT // 2, WIDTH // 2),) * 2)
        planes = tuple(
            np.full(size, round(level), np.uint8) for size, level in zip(sizes, levels, strict=True)
        )
        return Picture(frame=0, width=WIDTH, height=HEIGHT, format=name, planes=planes)
    colour = {
        PixelFormat.RGB24: (60, 120, 180),
        PixelFormat.RGBA: (60, 120, 180, 255),
        PixelFormat.BGRA: (180, 120, 60, 255),
    }[name]
    return picture(np.full((HEIGHT, WIDTH, len(colour)), colour, np.uint8), name)


def box(name: PixelFormat, alpha: Alpha, strength: int = 128) -> Picture:
    """Orange, half seen, from (9, 5) to (21, 17), which are no even places."""
    share = strength / 255 if alpha is Alpha.PREMULTIPLIED else 1
    red, green, blue = (round(value * share) for value in (250, 150, 50))
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    order = (blue, green, red) if name is PixelFormat.BGRA else (red, green, blue)
    pixels[5:17, 9:21] = (*order, strength)
    return picture(pixels, name, alpha)


@pytest.mark.parametrize("below", ["rgb24", "rgba", "bgra", "yuv420p"])
@pytest.mark.parametrize(
    ("over", "alpha"),
    [("rgba", "straight"), ("rgba", "premultiplied"), ("bgra", "premultiplied")],
)
def test_a_half_transparent_box_lies_where_it_is(below: str, over: str, alpha: str) -> None:
    top = box(PixelFormat(over), Alpha(alpha))
    source = OverlaidSource(Pictures(grey(PixelFormat(below))), Pictures(top))
    (shown,) = (to_rgb(each).astype(int) for each in source.frames(0, 1))
    exact = 2 if below != "yuv420p" else 4
    assert np.abs(shown[7:15, 11:19] - (155, 135, 115)).max() <= exact
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[4:18, 8:22] = False
    assert np.abs(shown[outside] - (60, 120, 180)).max() <= 2
    if below != "yuv420p":
        assert np.abs(shown[5, 8] - (60, 120, 180)).max() <= 1
        assert np.abs(shown[5, 9] - (155, 135, 115)).max() <= 2


def test_what_changes_is_seen_and_nothing_is_drawn_over_the_source() -> None:
    below = grey(PixelFormat.RGB24)
    before = below.planes[0].copy()
    empty = box(PixelFormat.RGBA, Alpha.STRAIGHT, strength=0)
    first, second = box(PixelFormat.RGBA, Alpha.STRAIGHT), empty
    moved = picture(np.roll(first.planes[0], 6, axis=1), PixelFormat.RGBA, Alpha.STRAIGHT)  # type: ignore[arg-type]
    over = Pictures(first, first, second, moved)
    source = OverlaidSource(Pictures(below, below, below, below), over)
    shown = [to_rgb(each).astype(int) for each in source.frames(0, 4)]
    assert np.array_equal(shown[0], shown[1])
    assert np.array_equal(shown[2], before)
    assert np.array_equal(np.roll(shown[0], 6, axis=1), shown[3])
    assert np.array_equal(below.planes[0], before)
    source.close()
    assert over.is_closed


def test_both_have_as_many_frames() -> None:
    below = grey(PixelFormat.RGB24)
    source = OverlaidSource(Pictures(below, below), Pictures(box(PixelFormat.RGBA, Alpha.STRAIGHT)))
    with pytest.raises(ValueError, match="shorter"):
        list(source.frames(0, 2))


def told_of(*repeats: bool, levels: tuple[int, ...]) -> Pictures:
    """Grey pictures of these levels, which say whether they repeat the one before."""
    shades = (picture(np.full((HEIGHT, WIDTH, 3), n, np.uint8), PixelFormat.RGB24) for n in levels)
    pairs = enumerate(zip(shades, repeats, strict=True))
    return Pictures(*(told(replace(each, frame=n), same) for n, (each, same) in pairs))


def told(picture: Picture, is_repeat: bool) -> Picture:
    return replace(picture, changed=() if is_repeat else None)


def boxes(*repeats: bool, places: tuple[int, ...]) -> Pictures:
    """The half transparent box, moved to the right."""
    first = box(PixelFormat.RGBA, Alpha.STRAIGHT)
    moved = (replace(first, planes=(np.roll(first.planes[0], by, axis=1),)) for by in places)
    pairs = zip(moved, repeats, strict=True)
    return Pictures(*(told(each, same) for each, same in pairs))


def drawn(below: Pictures, over: Pictures) -> list[Picture]:
    """All pictures, each as it was when it came."""
    count = len(below.pictures)
    return [held(each) for each in OverlaidSource(below, over).frames(0, count)]


def test_a_picture_repeats_where_neither_changes() -> None:
    below, over = (10, 10, 90, 90, 90), (0, 0, 0, 4, 4)
    says_nothing = (False,) * 5
    wanted = drawn(told_of(*says_nothing, levels=below), boxes(*says_nothing, places=over))
    got = drawn(
        told_of(False, True, False, True, True, levels=below),
        boxes(False, True, True, False, True, places=over),
    )
    assert [each.is_repeat for each in got] == [False, True, False, False, True]
    assert [each.frame for each in got] == [0, 1, 2, 3, 4]
    for one, other in zip(got, wanted, strict=True):
        assert np.array_equal(one.planes[0], other.planes[0])


def test_what_comes_again_in_the_same_planes_is_prepared_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = 0

    def counted(*asked: Any) -> Over:
        nonlocal made
        made += 1
        return prepared(*asked)

    monkeypatch.setattr("helios.sources.overlaid.prepared", counted)
    shifted = [replace(each) for each in boxes(False, False, places=(0, 4)).pictures]
    for each in shifted:
        each.planes[0].setflags(write=False)
    order = (0, 1, 0, 1, 1, 0)
    over = Pictures(*(replace(shifted[which], frame=n) for n, which in enumerate(order)))
    below = told_of(*(False,) * 6, levels=(10, 20, 30, 40, 50, 60))
    got = drawn(below, over)
    assert made == 2
    fresh = boxes(*(False,) * 6, places=tuple(4 * which for which in order))
    for one, other in zip(got, drawn(below, fresh), strict=True):
        assert np.array_equal(one.planes[0], other.planes[0])


def test_the_same_in_another_format_is_drawn_whole() -> None:
    formats = (PixelFormat.RGB24, PixelFormat.YUV420P)
    below = Pictures(*(told(grey(name), n > 0) for n, name in enumerate(formats)))
    over = boxes(False, True, places=(0, 0))
    first, second = (to_rgb(each).astype(int) for each in drawn(below, over))
    inside = np.s_[7:15, 11:19]
    assert np.abs(first[inside] - second[inside]).max() <= 4
    assert np.abs(first[:4] - second[:4]).max() <= 2


def test_each_call_begins_with_a_picture_of_its_own() -> None:
    """The first of a chunk is the first of its call, whatever was drawn before."""
    same = told_of(False, levels=(10,)), boxes(False, places=(0,))
    source = OverlaidSource(*same)
    for _ in range(2):
        (first,) = source.frames(0, 1)
        assert not first.is_repeat
        assert first.planes[0][7, 11].tolist() != [10, 10, 10]


def test_a_loop_repeats_nothing_that_is_blended() -> None:
    still = told_of(*(n > 0 for n in range(6)), levels=(100,) * 6)
    after = Pictures(*still.pictures, *told_of(False, True, levels=(20, 20)).pictures)
    got = list(LoopedSource(still, after, 6, 2).frames(0, 6))
    assert [int(each.planes[0][0, 0, 0]) for each in got] == [20, 60, 100, 100, 100, 100]
    assert [each.is_repeat for each in got] == [False, False, False, True, True, True]


def below_by_chance(name: PixelFormat, alpha: Alpha, rng: np.random.Generator) -> Picture:
    """A picture in one buffer, in which anything may change."""
    depth = np.uint16 if name in ("rgb48", "rgba64", "yuv420p10") else np.uint8
    most = 1023 if name == "yuv420p10" else int(np.iinfo(depth).max)
    sizes: list[tuple[int, ...]] = [(HEIGHT, WIDTH, 3 if name in ("rgb24", "rgb48") else 4)]
    if name.startswith("yuv"):
        sizes = [(HEIGHT, WIDTH), *[(HEIGHT // 2, WIDTH // 2)] * 2]
    planes: Any = tuple(rng.integers(0, most, size, depth) for size in sizes)
    return Picture(frame=0, width=WIDTH, height=HEIGHT, format=name, planes=planes, alpha=alpha)


def over_by_chance(rng: np.random.Generator, below: Picture) -> Over:
    part = some_part(rng, WIDTH, HEIGHT)
    shape = (part.bottom - part.top, part.right - part.left)
    alpha = rng.random(shape, np.float32)
    light = rng.random((*shape, 3), np.float32) * alpha[..., None] * 255
    return prepared(light, alpha, part.left, part.top, below)


@pytest.mark.parametrize(
    ("name", "alpha"),
    [
        (name, alpha)
        for name, alpha in product(PixelFormat, Alpha)
        if alpha is Alpha.OPAQUE or name in ("rgba", "bgra", "rgba64")
    ],
)
def test_what_changes_alone_is_laid_over_as_all_of_it_is(name: PixelFormat, alpha: Alpha) -> None:
    """Of two that lie over one another, each of which stays, changes or goes."""
    rng = np.random.default_rng(1)
    below = below_by_chance(name, alpha, rng)
    pool = [None, *(over_by_chance(rng, below) for _ in range(4))]
    layers: list[Over | None] = [None, None]
    lower, upper = Compositor(), Compositor()
    before: tuple[NDArray[Any], ...] = ()
    for n in range(50):
        count = rng.integers(0, 3) if n < 25 else 0
        parts = tuple(some_part(rng, WIDTH, HEIGHT) for _ in range(count))
        for part, (index, plane) in product(parts, enumerate(below.planes)):
            place = part.within(plane, 2 if index else 1)
            place[...] = rng.integers(0, 200, place.shape)
        for index in range(2):
            if rng.random() < 0.4:
                layers[index] = pool[rng.integers(0, len(pool))]
        below = replace(below, frame=n, changed=None if n in (0, 9) else parts)
        bare = held(below)
        shown = upper.laid(lower.laid(below, layers[0]), layers[1])
        whole = replace(bare, changed=None)
        for over in layers:
            whole = Compositor().laid(whole, over)
        same = [np.ones(plane.shape, bool) for plane in shown.planes]
        for part in shown.changed or ():
            for index, plane in enumerate(same):
                part.within(plane, 2 if index else 1)[...] = False
        for index, plane in enumerate(shown.planes):
            assert np.array_equal(plane, whole.planes[index])
            assert np.array_equal(below.planes[index], bare.planes[index]), "it is not ours"
            if shown.changed is not None:
                assert np.array_equal(plane[same[index]], before[index][same[index]])
        assert (shown.changed is None) == (n in (0, 9))
        before = held(shown).planes
