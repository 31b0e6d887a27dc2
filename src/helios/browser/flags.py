"""Command-line switches and environment: what makes every start the same."""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from pathlib import Path

from helios.browser.find import BrowserExecutable

_UNWANTED = (
    "AcceptCHFrame",
    "AutofillServerCommunication",
    "BackForwardCache",
    "CertificateTransparencyComponentUpdater",
    "DialMediaRouteProvider",
    "GlobalMediaControls",
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
    "RenderDocument",
    "Translate",
)
# The machine has no mouse; who looks at a page has: fine (4), and hovering (2).
_MOUSE = (
    "primaryPointerType=4",
    "availablePointerTypes=4",
    "primaryHoverType=2",
    "availableHoverTypes=2",
)
_ALWAYS = (
    "--remote-debugging-pipe=cbor",
    "--no-startup-window",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-hang-monitor",
    "--disable-prompt-on-repost",
    "--disable-search-engine-choice-screen",
    "--metrics-recording-only",
    "--password-store=basic",
    "--use-mock-keychain",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    # Should a request ever get past us, it finds no name and no way.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=socks5://0.0.0.0:9",
    "--proxy-bypass-list=<-loopback>",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--lang=en-US",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--hide-scrollbars",
    "--disable-smooth-scrolling",
    "--disable-checker-imaging",
    "--disable-gpu-compositing",
    "--disable-image-animation-resync",
    "--blink-settings=" + ",".join(_MOUSE),
    "--disable-threaded-animation",
    "--enable-blink-features=CanvasDrawElement,SharedArrayBufferUnrestrictedAccessAllowed",
    "--disable-features=" + ",".join(_UNWANTED),
)
# Not together with frames on command: there a picture may then show the frame before.
_FREE_RUNNING = ("--disable-frame-rate-limit", "--disable-gpu-vsync")
_BEGIN_FRAME = (
    "--enable-begin-frame-control",
    "--run-all-compositor-stages-before-draw",
    "--disable-new-content-rendering-timeout",
    "--disable-threaded-scrolling",
)
_MESA_EGL = ("--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist")
_GPU = (*_MESA_EGL, "--enable-gpu")
_GPU_ELSEWHERE = ("--ignore-gpu-blocklist", "--enable-gpu")
_SWIFTSHADER = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
# Not for other pages: libraries would draw into canvases of WebGPU, of which nothing is seen then.
_WEBGPU = ("--enable-unsafe-webgpu",)
_WEBGPU_ON_PROCESSOR = ("--use-webgpu-adapter=swiftshader", "--enable-unsafe-swiftshader")
_KEPT_VARIABLES = (
    "PATH",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "LD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
_EGL_VENDORS = ("/usr/share/glvnd/egl_vendor.d", "/etc/glvnd/egl_vendor.d")


def painted_ratio(pixel_ratio: Fraction) -> Fraction:
    """Pixels for a CSS pixel that a browser can paint: it takes none below 1/2."""
    return max(pixel_ratio, Fraction(1, 2))


def browser_flags(
    executable: BrowserExecutable,
    *,
    headless: bool,
    sandbox: bool,
    begin_frame: bool,
    gpu: bool = False,
    webgpu: bool = False,
    size: tuple[int, int],
    pixel_ratio: Fraction = Fraction(1),
) -> tuple[str, ...]:
    """All switches but the profile's folder."""
    flags = [*_ALWAYS, f"--force-device-scale-factor={float(painted_ratio(pixel_ratio))!r}"]
    if headless and not executable.is_headless_shell:
        flags.append("--headless=new")
    flags.extend(_BEGIN_FRAME if begin_frame else _FREE_RUNNING)
    if not sandbox:
        flags.append("--no-sandbox")
    if gpu:
        flags.extend(_GPU if sys.platform == "linux" else _GPU_ELSEWHERE)
    else:
        flags.extend(_MESA_EGL if has_mesa() else _SWIFTSHADER)
    if webgpu:
        flags.extend(_WEBGPU if gpu else (*_WEBGPU, *_WEBGPU_ON_PROCESSOR))
    flags.append(f"--window-size={size[0]},{size[1]}")
    return tuple(flags)


def browser_environment(profile: Path, *, headless: bool, gpu: bool = False) -> dict[str, str]:
    """The browser's whole environment: nothing of ours that it does not need."""
    environment = {key: os.environ[key] for key in _KEPT_VARIABLES if key in os.environ}
    environment |= {
        "HOME": str(profile),
        "XDG_CONFIG_HOME": str(profile),
        "XDG_CACHE_HOME": str(profile),
        "TMPDIR": str(profile),
        "TZ": "UTC",
        "LANG": "en_US.UTF-8",
        "DBUS_SESSION_BUS_ADDRESS": "disabled:",
    }
    if has_mesa() and headless:
        environment["EGL_PLATFORM"] = "surfaceless"
        if not gpu:
            environment["LIBGL_ALWAYS_SOFTWARE"] = "1"
    return environment


def has_mesa() -> bool:
    """Whether Mesa's EGL is installed: twice as fast as SwiftShader without a GPU."""
    return any(
        path.name.endswith("mesa.json")
        for folder in _EGL_VENDORS
        if Path(folder).is_dir()
        for path in Path(folder).iterdir()
    )
