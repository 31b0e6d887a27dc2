"""Programs of graphics cards are portable WGSL: browsers compile them as they are."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path

import pytest

from helios.scene.kernels import gpu
from helios.scene.kernels.gpu.card import source

_PAGE = """<body><script>
(async () => {
  const found = {};
  try {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter.requestDevice();
    for (const [name, code] of Object.entries(PROGRAMS)) {
      device.pushErrorScope('validation');
      const module = device.createShaderModule({code});
      const {messages} = await module.getCompilationInfo();
      const error = await device.popErrorScope();
      found[name] = messages.map(m => `${m.lineNum}: ${m.message}`).concat(error?.message ?? []);
    }
  } catch (error) { found.error = [String(error)]; }
  document.body.textContent = JSON.stringify(found);
})();
</script>"""


def test_browsers_compile_every_program(tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if browser is None:
        pytest.skip("only a whole Chromium has WebGPU")
    folder = resources.files(gpu) / "shaders"
    names = sorted(entry.name.removesuffix(".wgsl") for entry in folder.iterdir())
    whole = [name for name in names if "@compute" in source(name)]
    assert {"star_nest", "paint", "splat", "water", "bytes"} <= set(whole)
    programs = {name: source(name, 3, TARGET="rgba16float") for name in whole}
    programs["broken"] = "fn f() -> u32 { return 1.5; }"
    page = _PAGE.replace("PROGRAMS", json.dumps(programs).replace("</", "<\\/"))
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        words = [
            browser,
            "--headless=new",
            "--no-sandbox",
            "--enable-unsafe-webgpu",
            "--use-webgpu-adapter=swiftshader",
            "--enable-unsafe-swiftshader",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=20000",
            "--dump-dom",
            f"http://127.0.0.1:{server.server_port}/page.html",
        ]
        shown = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        server.shutdown()
    found = json.loads(shown.stdout.partition("<body>")[2].partition("</body>")[0])
    if "error" in found:
        pytest.skip(f"this browser has no WebGPU: {found['error']}")
    assert found.pop("broken")
    assert found == {name: [] for name in whole}
