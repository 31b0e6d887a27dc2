"""The browser: found, started, drawing, and which letters it has."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL

from helios.browser.find import BrowserExecutable, find_browser
from helios.browser.gpu import may_have_gpu
from helios.browser.launch import launch, try_by_hand
from helios.doctor.finding import Finding, ok, problem, warning
from helios.errors import BrowserNotFound, HeliosError
from helios.process.child import PIPE, Spawn, start
from helios.process.confine import Isolation
from helios.remedies.libraries import missing_libraries
from helios.remedies.table import Fault, libraries_remedy, remedy
from helios.rendering.api import still

_LDD_TIMEOUT_S = 10.0
_MOST_BYTES = 1 << 20
SCRIPTS: tuple[tuple[str, str, Fault], ...] = (
    ("Latin", "A", Fault.NO_LATIN),
    ("Chinese, Japanese, Korean", "\u6c34", Fault.NO_CJK),
    ("Arabic", "\u0634", Fault.NO_ARABIC),
    ("emoji", "\U0001f600", Fault.NO_EMOJI),
)
CELL = 16
_PAGE = """<!doctype html><meta charset="utf-8">
<style>body{margin:0;background:#000}b{position:absolute;width:16px;height:16px}</style>
<body>
<script>
  // A letter without a font looks like one that is in none.
  const drawn = (text) => {
    const pen = Object.assign(document.createElement("canvas"), {width: 64, height: 64})
      .getContext("2d", {willReadFrequently: true});
    pen.font = "40px sans-serif";
    pen.fillText(text, 4, 50);
    return pen.getImageData(0, 0, 64, 64).data.join();
  };
  [...TEXTS].forEach((text, n) => {
    const cell = document.createElement("b");
    const has = ![drawn("\\u{10fffd}"), drawn("\\u0378"), drawn("")].includes(drawn(text));
    cell.style.left = `${n * 16}px`;
    cell.style.background = has ? "#0f0" : "#f00";
    document.body.append(cell);
  });
</script>
"""


def chromium() -> Iterator[Finding]:
    """Whether pages can be drawn, and how well they are locked in."""
    try:
        executable = find_browser()
    except BrowserNotFound as error:
        yield problem("chromium", error.message, error.hint)
        return
    missing = unlinked(executable)
    if missing:
        yield problem(
            "chromium",
            f"{executable.path} lacks shared libraries: {', '.join(missing)}",
            libraries_remedy(missing),
        )
        return
    try:
        with launch() as browser:
            version, isolation = browser.version, browser.isolation
    except HeliosError as error:
        yield problem("chromium", error.message, error.hint or try_by_hand(executable))
        return
    yield ok("chromium", f"{version} starts in its sandbox: {executable.path}")
    if not executable.is_headless_shell:
        yield warning(
            "chromium-headless-shell",
            "not found: frames of some pages are taken as screenshots, which is slower",
            remedy(Fault.NO_BROWSER),
        )
    if isolation is Isolation.NONE:
        yield warning(
            "network of pages",
            "pages share this machine's; what they ask for is judged by Helios alone",
            remedy(Fault.NO_NETWORK_NAMESPACE),
        )
    else:
        yield ok("network of pages", "none: an empty network namespace")
    has_gpu = may_have_gpu()
    yield ok("gpu", "may be one, for pages with WebGL" if has_gpu else "none; none is needed")
    yield from _fonts()


def unlinked(executable: BrowserExecutable) -> list[str]:
    """The shared libraries that it needs and this machine lacks, as ``ldd`` says."""
    try:
        child = start(Spawn(argv=["ldd", str(executable.path)], stdout=PIPE, stderr=PIPE))
    except OSError:
        return []
    assert child.stdout is not None
    assert child.stderr is not None
    child.wait(_LDD_TIMEOUT_S)
    child.signal(SIGKILL)
    text = child.stdout.read(_MOST_BYTES) + b"\n" + child.stderr.read(_MOST_BYTES)
    child.stop(grace_s=0)
    return missing_libraries(text.decode(errors="replace"))


def _fonts() -> Iterator[Finding]:
    letters = ", ".join(f'"{letter}"' for _, letter, _ in SCRIPTS)
    with tempfile.TemporaryDirectory(prefix="helios-doctor-") as folder:
        page = Path(folder) / "page.html"
        page.write_text(_PAGE.replace("...TEXTS", f"...[{letters}]"), encoding="utf-8")
        try:
            pixels = still(page, width=CELL * len(SCRIPTS), height=CELL, duration="1")
        except HeliosError as error:
            yield problem("drawing a page", error.message, error.hint)
            return
    yield ok("drawing a page", "works")
    for n, (script, _, fault) in enumerate(SCRIPTS):
        red, green = (int(pixels[CELL // 2, n * CELL + CELL // 2, c]) for c in (0, 1))
        if green > red:
            yield ok(f"font for {script}", "there is one")
        else:
            yield warning(f"font for {script}", "none: boxes are drawn instead", remedy(fault))
