"""Pictures of a graphics card: the processor's, whatever the template, projection and size."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.cards import decibels, few, kernels_of, planes_of, software_adapter
from tests.scenes import scene_of

from helios.errors import EnvironmentProblem, ExtraMissing, OptionError
from helios.model.backends import Backend
from helios.model.formats import Projection, StereoLayout
from helios.model.picture import PixelFormat
from helios.scene.kernels import backend as seam
from helios.scene.kernels.backend import Kernels, choose_backend
from helios.scene.kernels.frames import SceneFrame, SkyFrame
from helios.scene.kernels.gpu import card, trial
from helios.scene.kernels.gpu.card import Adapter, choose
from helios.scene.kernels.gpu.draw import GpuKernels
from helios.scene.kernels.specimen import specimen
from helios.scene.library import template_names
from helios.scene.skies import star_nest_at
from helios.scene.template import Sky

FLAT, AROUND, HALF, DOME = (
    Projection.PERSPECTIVE,
    Projection.EQUIRECT,
    Projection.EQUIRECT_180,
    Projection.FULLDOME,
)
MONO, OVER, BESIDE = StereoLayout.MONO, StereoLayout.TOP_BOTTOM, StereoLayout.LEFT_RIGHT
SHAPES = {
    "flat": (160, 90, FLAT, MONO),
    "portrait": (90, 160, FLAT, MONO),
    "360": (128, 64, AROUND, MONO),
    "360 stereo": (128, 64, AROUND, OVER),
    "VR180": (64, 64, HALF, BESIDE),
    "dome": (96, 96, DOME, MONO),
}


def frame_of(template: str, shape: str, number: int = 40) -> SceneFrame:
    return few(scene_of(template, *SHAPES[shape], total_frames=90).frame(number))


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Kernels, Kernels]]:
    opened = kernels_of(Backend.CPU), kernels_of(Backend.GPU)
    yield opened
    for kernels in opened:
        kernels.close()


@pytest.mark.parametrize("template", template_names())
def test_a_card_draws_what_the_processor_draws(
    template: str, both: tuple[Kernels, Kernels]
) -> None:
    cpu, gpu = both
    near = {}
    for shape in SHAPES:
        frame = frame_of(template, shape)
        drawn = planes_of(cpu, frame)
        assert drawn[0].max() > 40
        near[shape] = decibels(drawn, planes_of(gpu, frame))
    assert min(near.values()) >= 50, near


@pytest.mark.parametrize("format_", [PixelFormat.RGB24, PixelFormat.YUV420P10])
def test_bytes_are_right_in_every_format_and_odd_sizes(format_: PixelFormat) -> None:
    cpu, gpu = kernels_of(Backend.CPU, format_), kernels_of(Backend.GPU, format_)
    try:
        for width, height in ((34, 18), (130, 66)):
            view = replace(specimen(width, height).views[0])
            for views, layout in (((view,), MONO), ((view, view.moved(0.1)), OVER)):
                frame = replace(specimen(width, height), views=views, layout=layout)
                top = 1023 if format_ is PixelFormat.YUV420P10 else 255
                assert decibels(planes_of(cpu, frame), planes_of(gpu, frame), top) >= 50
    finally:
        cpu.close()
        gpu.close()


def moved(frame: SceneFrame, sky: SkyFrame) -> SceneFrame:
    return replace(frame, sky=sky, sky_gain=1.0, layers=frame.layers[:1])


@pytest.mark.parametrize("shape", ["flat", "360", "VR180", "dome"])
def test_every_kind_of_sky_is_the_same(shape: str, both: tuple[Kernels, Kernels]) -> None:
    cpu, gpu = both
    frame = frame_of("etherealMist", shape)
    preset = Sky.model_validate({"kind": "starNest", "preset": "hsvRainbow"})
    nest = star_nest_at(preset, 7.3)
    picture = np.random.default_rng(1).integers(0, 255, (32, 64, 3), np.uint8)
    picture = picture.repeat(4, axis=0).repeat(4, axis=1)
    skies = {
        "moving": SkyFrame(star_nest=nest),
        "supersampled": SkyFrame(star_nest=nest, samples=2, contrast=1.4),
        "baked": SkyFrame(star_nest=nest, is_baked=True, turn_rad=0.35, tint=(1.1, 0.8, 0.9)),
        "a picture": SkyFrame(panorama=picture, yaw_rad=0.7, pitch_rad=0.3, contrast=1.2),
    }
    near = {
        name: decibels(planes_of(cpu, moved(frame, sky)), planes_of(gpu, moved(frame, sky)))
        for name, sky in skies.items()
    }
    assert min(near.values()) >= 50, near
    assert np.array_equal(
        planes_of(cpu, replace(frame, sky=None, layers=()))[0],
        planes_of(gpu, replace(frame, sky=None, layers=()))[0],
    )


def test_fewer_rays_towards_the_poles_look_the_same(both: tuple[Kernels, Kernels]) -> None:
    cpu, gpu = both
    frame = frame_of("etherealMist", "360")
    view = replace(frame.views[0], width=1024, height=512)
    nest = star_nest_at(Sky.model_validate({"kind": "starNest", "preset": "normal"}), 1.0)
    large = moved(replace(frame, views=(view,)), SkyFrame(star_nest=nest))
    assert decibels(planes_of(cpu, large), planes_of(gpu, large)) >= 50


_DRAW = """
import hashlib, sys
from helios.model.picture import PixelFormat
from helios.scene.kernels.gpu.draw import GpuKernels
from helios.scene.kernels.specimen import specimen
planes = GpuKernels(PixelFormat.YUV420P, 1, sys.argv[1]).submit(specimen(130, 98)).result().planes
print(hashlib.sha256(b"".join(p.tobytes() for p in planes)).hexdigest())
"""


def test_bytes_do_not_depend_on_strips_or_the_process() -> None:
    name = software_adapter()
    words = [sys.executable, "-c", _DRAW, name]
    digests = {subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()}
    for pixels in (1, 130 * 64, 8 << 20):
        kernels = GpuKernels(PixelFormat.YUV420P, 2, name, strip_pixels=pixels)
        planes = planes_of(kernels, specimen(130, 98))
        digests.add(hashlib.sha256(b"".join(p.tobytes() for p in planes)).hexdigest())
        kernels.close()
    assert len(digests) == 1


def test_pictures_under_way_are_not_drawn_over() -> None:
    kernels = kernels_of(Backend.GPU)
    try:
        frames = [replace(specimen(), number=n, exposure=0.2 + 0.2 * n) for n in range(5)]
        expected = [planes_of(kernels, frame)[0] for frame in frames]
        waiting = [kernels.submit(frame) for frame in frames[: kernels.depth]]
        for future, plane in zip(waiting, expected, strict=False):
            assert np.array_equal(future.result().planes[0], plane)
        assert not np.array_equal(expected[0], expected[1])
    finally:
        kernels.close()


def test_memory_does_not_grow_with_frames() -> None:
    def resident_mb() -> float:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize() / 1e6

    if sys.platform != "linux":
        pytest.skip("memory is read from /proc")
    kernels = kernels_of(Backend.GPU)
    small = few(specimen(32, 18), 20)
    assert small.sky is not None
    assert small.sky.star_nest is not None
    held = []
    for number in range(60):
        nest = replace(small.sky.star_nest, hue=number / 60, uses_hsv=True)
        kernels.submit(replace(small, sky=replace(small.sky, star_nest=nest))).result()
        if number in {19, 59}:
            held.append(resident_mb())
    kernels.close()
    assert held[1] - held[0] < 8, held


def test_a_lost_card_is_the_picture_s_error() -> None:
    kernels = GpuKernels(PixelFormat.YUV420P, 1, software_adapter())
    planes_of(kernels, specimen())
    kernels._card.close()
    with pytest.raises(EnvironmentProblem, match="the graphics card failed") as lost:
        kernels.submit(replace(specimen(), views=specimen(64, 64).views)).result()
    assert "what is finished is kept" in (lost.value.hint or "")
    kernels.close()


def test_little_memory_makes_strips_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = GpuKernels(PixelFormat.YUV420P, 1, software_adapter())
    make, refused = kernels._card.buffer, []

    def small_only(size: int) -> Any:
        if size > 16 << 20:
            refused.append(size)
            raise card.CardMemoryLow("the graphics card lacks memory: no")
        return make(size)

    monkeypatch.setattr(kernels._card, "buffer", small_only)
    whole = kernels_of(Backend.GPU)
    frame = replace(frame_of("etherealMist", "flat"), layers=(), sky=None)
    frame = replace(frame, views=(replace(frame.views[0], width=2048, height=1024),))
    assert decibels(planes_of(whole, frame), planes_of(kernels, frame)) > 99
    assert refused
    kernels.close()
    whole.close()


def an_adapter(number: int, name: str, *, is_software: bool = False) -> Adapter:
    return Adapter(
        number=number, name=name, driver="1.0", interface="Vulkan", is_software=is_software
    )


LLVMPIPE = an_adapter(2, "llvmpipe (LLVM 15.0.6, 256 bits)", is_software=True)
BIG, TI = an_adapter(0, "RTX 4090 Ti"), an_adapter(1, "RTX 4090")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", BIG), ("rtx 4090", TI), ("4090 ti", BIG), ("1", TI), ("2", LLVMPIPE), ("llvm", LLVMPIPE)],
)
def test_a_card_is_taken_by_name_or_number(name: str, expected: Adapter) -> None:
    assert choose((BIG, TI, LLVMPIPE), name) is expected


@pytest.mark.parametrize(("found", "name"), [((), ""), ((LLVMPIPE,), ""), ((BIG,), "Radeon")])
def test_software_is_never_taken_unasked(found: tuple[Adapter, ...], name: str) -> None:
    with pytest.raises(EnvironmentProblem, match="there is no graphics card") as refused:
        choose(found, name)
    assert refused.value.exit_code == 3
    assert "--backend cpu" in (refused.value.hint or "")
    for adapter in found:
        assert f"{adapter.number}: {adapter.name}" in (refused.value.hint or "")


def with_cards(monkeypatch: pytest.MonkeyPatch, *found: Adapter) -> None:
    monkeypatch.setattr(card, "may_have_card", lambda: True)
    for module in (card, trial):
        monkeypatch.setattr(module, "adapters", lambda: found)


def test_auto_takes_the_card_whose_pictures_are_right(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path))
    with_cards(monkeypatch, BIG, replace(BIG, number=1), LLVMPIPE)
    compared: list[str] = []

    def near(right: Kernels, tried: Kernels) -> float:
        del right, tried
        compared.append("once")
        return 60.0

    monkeypatch.setattr(trial, "difference_db", near)
    monkeypatch.setattr(trial, "GpuKernels", lambda *_, **__: None)
    for _ in range(2):
        assert choose_backend() == seam.Choice(backend=Backend.GPU, adapter=BIG.name, cards=2)
    assert compared == ["once"]


def test_a_card_that_draws_something_else_is_left_and_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path))
    with_cards(monkeypatch, BIG, LLVMPIPE)
    monkeypatch.setattr(trial, "difference_db", lambda *_: 31.0)
    monkeypatch.setattr(trial, "GpuKernels", lambda *_, **__: None)
    chosen = choose_backend("auto")
    assert chosen.backend is Backend.CPU
    assert chosen.warning == (
        "RTX 4090 Ti (Vulkan) is not used: its test picture is 31 dB from the right one (45 wanted)"
    )


def test_a_card_whose_driver_ended_the_process_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path))
    with_cards(monkeypatch, BIG)

    def ends(adapter: Adapter) -> str:
        del adapter
        raise KeyboardInterrupt

    monkeypatch.setattr(trial, "_compared", ends)
    with pytest.raises(KeyboardInterrupt):
        trial.tried(BIG)
    assert "never finished" in trial.tried(BIG)


class Offered:
    """A card as wgpu lists it, whose driver opens it or does not."""

    def __init__(self, name: str, kind: str, interface: str = "Vulkan", fault: str = "") -> None:
        self.info = {"device": name, "adapter_type": kind, "backend_type": interface}
        self.info["description"] = "1.0"
        self.limits = dict.fromkeys(card._LIMITS, 1 << 16)
        self.fault = fault

    def request_device_sync(self, **_: Any) -> Any:
        raise RuntimeError(self.fault)


def with_drivers(monkeypatch: pytest.MonkeyPatch, folder: Path, *offered: Offered) -> None:
    """A machine whose drivers offer these cards; if none, drivers that fail."""

    def enumerated() -> list[Offered]:
        if not offered:
            raise RuntimeError("no Vulkan loader was found")
        return list(offered)

    gpu = SimpleNamespace(enumerate_adapters_sync=enumerated)
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(folder))
    monkeypatch.setattr(card, "may_have_card", lambda: True)
    monkeypatch.setattr(card, "_wgpu", lambda: SimpleNamespace(gpu=gpu))


def test_the_best_of_several_cards_is_first_by_its_newest_interface(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_drivers(
        monkeypatch,
        tmp_path,
        Offered("llvmpipe (LLVM 15)", "CPU"),
        Offered("RTX 4090", "DiscreteGPU", "OpenGL"),
        Offered("UHD 770", "IntegratedGPU"),
        Offered("RTX 4090", "DiscreteGPU"),
    )
    assert [(a.number, a.name, a.interface, a.is_software) for a in card.adapters()] == [
        (0, "RTX 4090", "Vulkan", False),
        (1, "RTX 4090", "OpenGL", False),
        (2, "UHD 770", "Vulkan", False),
        (3, "llvmpipe (LLVM 15)", "Vulkan", True),
    ]
    right = {"UHD 770"}
    monkeypatch.setattr(trial, "_compared", lambda a: "" if a.name in right else "it is black")
    # Of two the one whose pictures are right, whichever is the faster.
    assert choose_backend() == seam.Choice(backend=Backend.GPU, adapter="UHD 770", cards=1)
    assert choose_backend(adapter="4090").adapter == "RTX 4090", "who names one gets it"
    with pytest.raises(EnvironmentProblem, match="there is no graphics card 'Radeon'") as absent:
        choose_backend("gpu", "Radeon")
    assert absent.value.exit_code == 3
    assert "2: UHD 770 (Vulkan)" in (absent.value.hint or "")


def test_drivers_that_fail_are_no_card_unless_one_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_drivers(monkeypatch, tmp_path)
    said = "the graphics card failed: no Vulkan loader was found"
    assert choose_backend() == seam.Choice(backend=Backend.CPU, warning=said)
    for words in (("gpu", ""), ("auto", "0")):
        with pytest.raises(EnvironmentProblem, match=said) as failed:
            choose_backend(*words)
        assert failed.value.exit_code == 3
        assert "--backend cpu" in (failed.value.hint or "")


def test_a_card_whose_driver_is_too_old_is_left_unless_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = Offered("GTX 480", "DiscreteGPU", fault="Limit 'max-buffer-size' is not supported")
    with_drivers(monkeypatch, tmp_path, old)
    chosen = choose_backend()
    assert chosen.backend is Backend.CPU
    assert "GTX 480 (Vulkan) is not used: the graphics card failed: Limit" in chosen.warning
    assert choose_backend("gpu").adapter == "GTX 480"
    with pytest.raises(EnvironmentProblem, match="Limit 'max-buffer-size'") as failed:
        GpuKernels(PixelFormat.YUV420P, None, "GTX 480")
    assert failed.value.exit_code == 3


def test_the_trial_tells_right_pictures_from_wrong_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trial.difference_db(kernels_of(Backend.CPU), kernels_of(Backend.GPU)) >= 50
    read = card.source

    def wrong(name: str, repeat: int = 1, **words: str) -> str:
        return read(name, repeat, **words).replace("OWN = 0.65", "OWN = 0.0")

    monkeypatch.setattr(card, "source", wrong)
    assert trial.difference_db(kernels_of(Backend.CPU), kernels_of(Backend.GPU)) < 45


def test_no_card_and_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "may_have_card", lambda: False)
    assert choose_backend() == seam.Choice(backend=Backend.CPU)
    with pytest.raises(OptionError, match="--adapter 0: --backend cpu draws without"):
        choose_backend("cpu", "0")
    card._wgpu.cache_clear()
    monkeypatch.setitem(sys.modules, "wgpu", None)
    with pytest.raises(ExtraMissing, match="graphics cards need wgpu") as missing:
        choose_backend("gpu")
    assert "helios-render[gpu]" in (missing.value.hint or "")
    card._wgpu.cache_clear()


def test_programs_take_what_they_say_they_need() -> None:
    text = card.source("paint", repeat=8)
    assert text.count("let w = weight(u);") == 8
    assert text.index("fn sine_cosine") < text.index("struct View") < text.index("fn add_sprites")
    assert (
        card.uniform((1, 2), (0.5,)).hex() == "0100000002000000" + 16 * "0" + "0000003f" + 24 * "0"
    )
