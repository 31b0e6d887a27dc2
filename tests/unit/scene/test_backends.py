"""The seam between scenes and what draws them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import fields, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.cards import kernels_of
from tests.particles import steady_layer

from helios.errors import EnvironmentProblem, OptionError
from helios.model.backends import Backend
from helios.model.formats import Projection, StereoLayout
from helios.model.options import RenderOptions
from helios.model.picture import Picture, PixelFormat
from helios.scene.kernels.backend import Kernels, open_kernels
from helios.scene.kernels.cpu.packing import packed
from helios.scene.kernels.frames import LayerStyle, SceneFrame
from helios.scene.kernels.view import View, look
from helios.sources import scene as scene_source
from helios.sources.scene import SceneSource, SceneSourceSettings


def a_frame(*views: View, layout: StereoLayout = StereoLayout.MONO, number: int = 0) -> SceneFrame:
    return SceneFrame(
        number=number,
        time_s=1.0,
        views=views,
        layout=layout,
        layers=(steady_layer((0.1, 0.2, -4.0), 1.5, (0.9, 0.4, 0.1)),),
        sky=None,
        sky_gain=1.0,
        exposure=1.0,
    )


def a_view(eye_m: float = 0.0) -> View:
    view = look((0, 0, 0), (0, 0, -1), 64, 32, 50, Projection.EQUIRECT)
    return replace(view, eye_m=eye_m)


def drawn(kernels: Kernels, frame: SceneFrame) -> tuple[np.ndarray, ...]:
    return tuple(np.array(plane) for plane in kernels.submit(frame).result().planes)


@pytest.fixture(params=list(Backend))
def backend(request: pytest.FixtureRequest) -> Backend:
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize("format_", [PixelFormat.RGB24, PixelFormat.YUV420P, PixelFormat.YUV420P10])
@pytest.mark.parametrize("layout", [StereoLayout.TOP_BOTTOM, StereoLayout.LEFT_RIGHT])
def test_a_back_end_draws_each_eye_where_the_layout_says(
    backend: Backend, format_: PixelFormat, layout: StereoLayout
) -> None:
    left, right = a_view(-0.3), a_view(0.3)
    kernels = kernels_of(backend, format_)
    try:
        both = kernels.submit(a_frame(left, right, layout=layout, number=7)).result()
        size = (64, 64) if layout is StereoLayout.TOP_BOTTOM else (128, 32)
        assert (both.frame, both.width, both.height, both.format) == (7, *size, format_)
        axis = 0 if layout is StereoLayout.TOP_BOTTOM else 1
        halves = [np.split(np.array(plane), 2, axis=axis) for plane in both.planes]
        for eye, view in enumerate((left, right)):
            alone = drawn(kernels, a_frame(view))
            for half, plane in zip(halves, alone, strict=True):
                assert half[eye].dtype == plane.dtype
                assert np.array_equal(half[eye], plane)
        assert not np.array_equal(*halves[0])
    finally:
        kernels.close()
        kernels.close()


def test_a_picture_lasts_as_long_as_the_back_end_says(backend: Backend) -> None:
    kernels = kernels_of(backend)
    try:
        first = kernels.submit(a_frame(a_view())).result()
        before = [np.array(plane) for plane in first.planes]
        for number in range(1, kernels.depth):
            kernels.submit(a_frame(a_view(0.3), number=number)).result()
        for plane, kept in zip(first.planes, before, strict=True):
            assert np.array_equal(plane, kept)
    finally:
        kernels.close()


def test_the_picture_follows_the_size_of_the_frame(backend: Backend) -> None:
    kernels = kernels_of(backend, PixelFormat.RGB24)
    try:
        for width, height in ((64, 32), (32, 64), (64, 64)):
            view = look((0, 0, 0), (0, 0, -1), width, height, 50, Projection.PERSPECTIVE)
            (plane,) = drawn(kernels, a_frame(view))
            assert plane.shape == (height, width, 3)
            assert plane.max() > 50
    finally:
        kernels.close()


@pytest.mark.parametrize("name", ["card", "CPU", "", "helios.scene.kernels.cpu.draw:CpuKernels"])
def test_a_back_end_that_is_not_there_is_no_choice(name: str) -> None:
    with pytest.raises(OptionError) as refused:
        RenderOptions.read({"backend": name})
    told = f"{refused.value.message} {refused.value.hint}"
    assert all(repr(str(known)) in told or str(known) in told for known in Backend)
    with pytest.raises(OptionError, match="no kernel back end") as refused:
        open_kernels(name)
    assert refused.value.hint == f"There are: {', '.join(Backend)}."


def test_the_table_of_back_ends_is_what_the_schema_offers() -> None:
    schema = RenderOptions.model_json_schema()
    assert schema["$defs"]["Backend"]["enum"] == [str(known) for known in Backend]
    for known in Backend:
        options = RenderOptions.read({"backend": str(known)})
        assert options.backend is known
        assert options.model_dump(mode="json", by_alias=True)["backend"] == str(known)


class RingKernels:
    """A back end of three buffers, whose pictures are their numbers; it fails at ``lost_at``."""

    depth = 3

    def __init__(self, lost_at: int | None = None) -> None:
        self.lost_at = lost_at
        self.submitted: list[int] = []
        self._ring = [np.zeros((2, 2), np.uint8) for _ in range(self.depth)]

    def submit(self, frame: SceneFrame) -> Future[Picture]:
        future: Future[Picture] = Future()
        if frame.number == self.lost_at:
            future.set_exception(EnvironmentProblem("the device is gone"))
            return future
        plane = self._ring[len(self.submitted) % self.depth]
        plane[:] = frame.number
        self.submitted.append(frame.number)
        future.set_result(
            Picture(
                frame=frame.number, width=2, height=2, format=PixelFormat.YUV420P, planes=(plane,)
            )
        )
        return future

    def close(self) -> None:
        """Nothing to let go of."""


def a_source(monkeypatch: pytest.MonkeyPatch, kernels: RingKernels) -> SceneSource:
    def opened(*_: Any, **__: Any) -> RingKernels:
        return kernels

    monkeypatch.setattr(scene_source, "open_kernels", opened)
    settings = SceneSourceSettings(
        template="etherealFlame", width=32, height=32, fps=Fraction(30), total_frames=60
    )
    return SceneSource(settings)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 11])
def test_a_source_keeps_every_buffer_busy_and_overwrites_none(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    kernels = RingKernels()
    source = a_source(monkeypatch, kernels)
    for done, picture in enumerate(source.frames(20, count)):
        assert picture.frame == 20 + done
        assert (picture.planes[0] == picture.frame).all()
        assert len(kernels.submitted) == min(count, done + kernels.depth)
    assert kernels.submitted == list(range(20, 20 + count))


def test_a_lost_device_is_the_frame_s_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures: Iterator[Picture] = a_source(monkeypatch, RingKernels(lost_at=4)).frames(0, 9)
    assert [next(pictures).frame for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(EnvironmentProblem, match="device is gone"):
        next(pictures)


_OTHER = {"shape": "disc", "wobble": "mist", "size_range": (0.25, 7.0), "colour_by": "level"}
_TRIPLES = ("stretch", "offset", "drift")


@pytest.mark.parametrize("name", [field.name for field in fields(LayerStyle)])
def test_every_word_of_a_style_reaches_the_kernels(name: str) -> None:
    layer = steady_layer((0.5, 0.25, -4.0), 1.0)
    other = (3.0, 5.0, 7.0) if name in _TRIPLES else _OTHER.get(name, 123.0)
    changed = replace(layer, style=replace(layer.style, **{name: other}))
    places = np.flatnonzero(packed(layer) != packed(changed))
    assert len(places) == (len(other) if isinstance(other, tuple) else 1)


def test_no_two_words_of_a_style_share_a_place() -> None:
    layer = steady_layer((0.5, 0.25, -4.0), 1.0)
    touched = []
    for name in (field.name for field in fields(LayerStyle)):
        other = (3.0, 5.0, 7.0) if name in _TRIPLES else _OTHER.get(name, 123.0)
        changed = replace(layer, style=replace(layer.style, **{name: other}))
        touched += np.flatnonzero(packed(layer) != packed(changed)).tolist()
    assert all(a != b for a, b in pairwise(sorted(touched)))
