"""What is taken for a GPU, and what happens without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helios.browser import gpu
from helios.browser.launch import BrowserConfig
from helios.errors import EnvironmentProblem

LLVMPIPE = "ANGLE (Mesa/X.org, llvmpipe (LLVM 15.0.6 256 bits), OpenGL ES 3.2 Mesa 22.3.6)"
SWIFTSHADER = (
    "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)"
)
GEFORCE = "ANGLE (NVIDIA Corporation, NVIDIA GeForce RTX 3060/PCIe/SSE2, OpenGL ES 3.2)"


@pytest.mark.parametrize(
    ("renderer", "real"),
    [
        (LLVMPIPE, False),
        (SWIFTSHADER, False),
        ("", False),
        ("ANGLE (Intel, llvmpipe (LLVM 17), OpenGL 4.5)", False),
        ("ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11)", False),
        ("Apple Software Renderer", False),
        ("WebKit WebGL", False),
        (GEFORCE, True),
        ("ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)", True),
        ("ANGLE (AMD, AMD Radeon RX 6600 (RADV NAVI23), OpenGL 4.6)", True),
        ("ANGLE (Apple, ANGLE Metal Renderer: Apple M2, Unspecified Version)", True),
    ],
)
def test_only_what_names_a_gpu_is_one(renderer: str, real: bool) -> None:
    assert gpu.is_gpu(renderer) is real


def test_devices_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert not gpu.may_have_gpu(tmp_path)
    (tmp_path / "dri").mkdir()
    (tmp_path / "dri" / "card0").touch()
    assert not gpu.may_have_gpu(tmp_path)
    (tmp_path / "dri" / "renderD128").touch()
    assert gpu.may_have_gpu(tmp_path)


class _Browser:
    def __init__(self, config: BrowserConfig) -> None:
        self.config = config
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[_Browser]:
    """The browsers that were started; none is real."""
    made: list[_Browser] = []

    def launch(config: BrowserConfig) -> Any:
        made.append(_Browser(config))
        return made[-1]

    monkeypatch.setattr(gpu, "launch", launch)
    return made


@pytest.mark.parametrize(
    ("mode", "has_device", "renderer", "starts"),
    [
        ("off", True, GEFORCE, [False]),
        ("auto", False, GEFORCE, [False]),
        ("auto", True, GEFORCE, [True]),
        ("auto", True, LLVMPIPE, [True, False]),
        ("auto", True, "", [True, False]),
        ("on", True, GEFORCE, [True]),
    ],
)
def test_the_renderer_decides(
    started: list[_Browser],
    monkeypatch: pytest.MonkeyPatch,
    mode: Any,
    has_device: bool,
    renderer: str,
    starts: list[bool],
) -> None:
    monkeypatch.setattr(gpu, "may_have_gpu", lambda: has_device)
    monkeypatch.setattr(gpu, "gl_renderer", lambda _: renderer)
    browser: Any = gpu.launch_with(mode, BrowserConfig())
    assert [each.config.gpu for each in started] == starts
    assert browser is started[-1]
    assert [each.is_closed for each in started] == [True] * (len(starts) - 1) + [False]


@pytest.mark.parametrize(
    ("has_device", "renderer", "says"),
    [
        (False, "", "no GPU that can be seen"),
        (True, SWIFTSHADER, "but with .*SwiftShader"),
        (True, "", "but with nothing"),
    ],
)
def test_a_gpu_that_is_demanded_must_be_there(
    started: list[_Browser],
    monkeypatch: pytest.MonkeyPatch,
    has_device: bool,
    renderer: str,
    says: str,
) -> None:
    monkeypatch.setattr(gpu, "may_have_gpu", lambda: has_device)
    monkeypatch.setattr(gpu, "gl_renderer", lambda _: renderer)
    with pytest.raises(EnvironmentProblem, match=says) as caught:
        gpu.launch_with("on", BrowserConfig())
    assert caught.value.hint
    assert all(each.is_closed for each in started)
