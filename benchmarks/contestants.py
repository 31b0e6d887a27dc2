"""The renderers that are compared, what they need, and the commands that start them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.harness import BENCHMARKS, FPS, FRAMES, HEIGHT, PAGES, ROOT, WIDTH, Contestant

RIVALS = BENCHMARKS / "rivals"
HELIOS_NPM = {"@helios-project/renderer": "1.78.3", "@helios-project/core": "5.13.2"}
REMOTION = {"remotion": "4.0.529", "@remotion/cli": "4.0.529", "react": "19", "react-dom": "19"}
MATCHED = "x264 veryfast, CRF 20"
"""The encoder setting at which all are also compared."""


def install(folder: Path, packages: dict[str, str]) -> None:
    """``npm install`` into a folder of its own, once."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "installed.json"
    if stamp.is_file() and json.loads(stamp.read_text()) == packages:
        return
    (folder / "package.json").write_text('{"private": true}\n')
    words = [f"{name}@{version}" for name, version in packages.items()]
    print(f"installing {' '.join(words)} into {folder}", file=sys.stderr)
    environment = {**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *words],
        cwd=folder,
        env=environment,
        check=True,
        stdout=sys.stderr,
    )
    stamp.write_text(json.dumps(packages))


def installed_version(folder: Path, package: str) -> str:
    """The version npm has put there."""
    path = folder / "node_modules" / package / "package.json"
    version: str = json.loads(path.read_text())["version"]
    return version


def ours(group: str, page: str, setting: str, *flags: str) -> Contestant:
    """``helios render``, from the command to the finished file."""
    command = (
        sys.executable,
        "-m",
        "helios",
        "render",
        str(PAGES / page),
        "-o",
        "{film}",
        "--width",
        str(WIDTH),
        "--height",
        str(HEIGHT),
        "--fps",
        str(FPS),
        "--duration",
        str(FRAMES / FPS),
        *flags,
    )
    paths = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    return Contestant(
        group=group,
        name="Helios for Python",
        setting=setting,
        command=command,
        environment=(("PYTHONPATH", paths),),
        is_ours=True,
    )


def helios_npm(
    group: str, scratch: Path, page: str, setting: str, browser: str, **options: object
) -> Contestant:
    """npm's renderer on a page that it renders right, with the browser that it runs with."""
    mode = "canvas" if page.startswith("canvas") else "dom"
    # Published flags work with Chromium and a canvas; without a canvas three flags make it hang.
    executable = browser if mode == "canvas" else str(RIVALS / "helios" / "plain-browser.sh")
    given = {
        "width": WIDTH,
        "height": HEIGHT,
        "fps": FPS,
        "durationInSeconds": FRAMES / FPS,
        "mode": mode,
        "browserConfig": {"executablePath": executable},
        "concurrency": 1,
        **options,
    }
    script = RIVALS / "helios" / "render.mjs"
    command = ("node", str(script), str(scratch), str(PAGES / page), "{film}", json.dumps(given))
    return Contestant(
        group=group,
        name="Helios (npm)",
        setting=setting,
        command=command,
        environment=(("RIVAL_BROWSER", browser),),
    )


def bundle_remotion(scratch: Path) -> Path:
    """Compile the Remotion films, once; the time it takes is not counted."""
    sources, bundle = scratch / "film", scratch / "bundle"
    sources.mkdir(exist_ok=True)
    shutil.copy(RIVALS / "remotion" / "index.jsx", sources)
    names = (
        "BOXES, CARDS, STAGE_LOOK, TEXT_LOOK, boxLook, boxState, cardLook, cardState, cellLook, "
        "cellsOf, paintCanvas"
    )
    scene = (PAGES / "scene.js").read_text()
    (sources / "scene.mjs").write_text(f"{scene}\nexport {{ {names} }};\n")
    cli = scratch / "node_modules" / ".bin" / "remotion"
    subprocess.run(
        [str(cli), "bundle", "film/index.jsx", "--out-dir", str(bundle), "--log=error"],
        cwd=scratch,
        check=True,
        stdout=sys.stderr,
    )
    return bundle


def remotion(
    group: str, scratch: Path, film: str, setting: str, browser: str, *flags: str
) -> Contestant:
    """``remotion render`` of a prebuilt bundle."""
    cli = scratch / "node_modules" / ".bin" / "remotion"
    command = (
        str(cli),
        "render",
        str(scratch / "bundle"),
        film,
        "{film}",
        "--log=error",
        f"--browser-executable={browser}",
        "--chrome-mode=headless-shell",
        *flags,
    )
    return Contestant(group=group, name="Remotion", setting=setting, command=command)
