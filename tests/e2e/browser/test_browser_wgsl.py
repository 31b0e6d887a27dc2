"""Programs of graphics cards are portable WGSL: browsers compile them as they are."""

from __future__ import annotations

import json
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from helios.browser.find import find_browser
from helios.browser.launch import BrowserConfig, launch
from helios.browser.page import Page, StageSettings
from helios.scene.kernels import gpu
from helios.scene.kernels.gpu.card import source

pytestmark = pytest.mark.browser
_PAGE = """<!doctype html><body><canvas></canvas><script>
const found = {};
const compiled = (async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter.requestDevice();
  for (const [name, code] of Object.entries(PROGRAMS)) {
    device.pushErrorScope('validation');
    const module = device.createShaderModule({code});
    const {messages} = await module.getCompilationInfo();
    const error = await device.popErrorScope();
    found[name] = messages.map(m => `${m.lineNum}: ${m.message}`).concat(error?.message ?? []);
  }
})();
window.helios = { seek: () => compiled };
</script>"""


def test_browsers_compile_every_program(tmp_path: Path, helpers: Any) -> None:
    folder = resources.files(gpu) / "shaders"
    names = sorted(entry.name.removesuffix(".wgsl") for entry in folder.iterdir())
    whole = [name for name in names if "@compute" in source(name)]
    assert {"star_nest", "paint", "splat", "water", "bytes"} <= set(whole)
    programs = {name: source(name, 3, TARGET="rgba16float") for name in whole}
    programs["broken"] = "fn f() -> u32 { return 1.5; }"
    text = _PAGE.replace("PROGRAMS", json.dumps(programs).replace("</", "<\\/"))
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    settings = StageSettings(width=96, height=54, fps=Fraction(30))
    config = BrowserConfig(executable=find_browser(), width=96, height=54, webgpu=True)
    with launch(config) as browser:
        page = Page(browser, helpers.page("page.html", tmp_path), settings)
        page.step(0)
        found = page.evaluate("found")
        page.close()
    assert found.pop("broken")
    assert found == {name: [] for name in whole}
