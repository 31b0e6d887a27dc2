"""Whether a browser draws with a GPU: what its renderer says, and nothing less, is believed."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

from helios.browser.launch import Browser, BrowserConfig, launch
from helios.browser.protocol import wait_reply
from helios.errors import BrowserError, EnvironmentProblem
from helios.model.choices import GpuMode

_DEVICES = ("dri/renderD*", "nvidia[0-9]*", "dxg")
_SOFTWARE = re.compile(
    r"swiftshader|llvmpipe|softpipe|lavapipe|swrast|software|basic render|gdi generic",
    re.IGNORECASE,
)
_HARDWARE = re.compile(
    r"nvidia|geforce|quadro|tesla|\bamd\b|\bati\b|radeon|intel|apple m\d|apple gpu|adreno|mali|"
    r"powervr|videocore|moore threads",
    re.IGNORECASE,
)
_TIMEOUT_S = 15


def is_gpu(renderer: str) -> bool:
    """Whether a WebGL renderer string names a GPU and no program that stands in for one."""
    return bool(_HARDWARE.search(renderer)) and not _SOFTWARE.search(renderer)


def may_have_gpu(devices: Path = Path("/dev")) -> bool:
    """Whether looking for a GPU is worth a start; elsewhere than on Linux it always is."""
    if sys.platform != "linux":
        return True
    return any(next(devices.glob(pattern), None) is not None for pattern in _DEVICES)


def gl_renderer(browser: Browser) -> str:
    """What the browser draws WebGL with, in its own words; empty if it has no WebGL."""
    try:
        reply = browser.connection.send("SystemInfo.getInfo")
        attributes = wait_reply(reply, _TIMEOUT_S, "its renderer")["gpu"].get("auxAttributes", {})
    except BrowserError:
        return ""
    return str(attributes.get("glRenderer", ""))


def launch_with(mode: GpuMode, config: BrowserConfig) -> Browser:
    """Start a browser that draws with a GPU if ``mode`` says so, or if there surely is one.

    Raises:
        EnvironmentProblem: a GPU was demanded and is not there.
    """
    if mode == "off" or (mode == "auto" and not may_have_gpu()):
        return launch(config)
    if not may_have_gpu():
        raise EnvironmentProblem(
            "--browser-gpu on: this machine has no GPU that can be seen",
            hint="Leave it out, or let the container see the GPU: /dev/dri or /dev/nvidia*.",
        )
    browser = launch(replace(config, gpu=True))
    renderer = gl_renderer(browser)
    if is_gpu(renderer):
        return browser
    browser.close()
    if mode == "on":
        raise EnvironmentProblem(
            f"--browser-gpu on: Chromium does not draw with a GPU but with {renderer or 'nothing'}",
            hint="Check the driver, and that the browser's user may open /dev/dri/renderD*.",
        )
    return launch(config)
