"""Is what is built what a stranger can use? ``python -m tests.release [--extras scene,mcp]``.

Wheel and source archive are built and checked, the wheel is installed into an empty environment for
the base and for each extra, and from there, far from this checkout, films are made and looked at.
The files stay in ``dist/``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
_NOT_TRIED = {"all", "dev", "ray", "dask"}
"""Those of many others, and engines that need machines."""

Helios = Callable[..., str]


def main() -> int:
    """Build, check, install and try."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--extras", help="only these, by commas; base is none of them")
    asked = parser.parse_args().extras
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    known = [
        name for name in document["project"]["optional-dependencies"] if name not in _NOT_TRIED
    ]
    extras = ["base", *known] if asked is None else asked.split(",")
    wheel = build()
    for extra in extras:
        with tempfile.TemporaryDirectory(prefix="helios-release-") as folder:
            try_installed(wheel, extra, Path(folder))
        print(f"{extra}: installed and used")
    return 0


def build() -> Path:
    """The wheel, beside the source archive that it is built from; both as an index wants them."""
    shutil.rmtree(DIST, ignore_errors=True)
    _run([sys.executable, "-m", "build", "--outdir", str(DIST), str(ROOT)])
    made = sorted(DIST.iterdir())
    _run([sys.executable, "-m", "twine", "check", "--strict", *map(str, made)])
    (wheel,) = (path for path in made if path.suffix == ".whl")
    assert any(path.name.endswith(".tar.gz") for path in made)
    return wheel


def try_installed(wheel: Path, extra: str, folder: Path) -> None:
    """Install the wheel into an empty environment and use what the extra brings."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    what = f"{wheel}[{extra}]" if extra != "base" else str(wheel)
    _run(
        [str(python), "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"), what]
    )
    work = folder / "work"
    work.mkdir()

    def helios(*words: object) -> str:
        return _run([str(python.with_name("helios")), *map(str, words)], cwd=work)

    _films(helios, work)
    tries = {"scene": _scene, "server": _server, "postgres": _server, "mcp": _mcp, "cloud": _cloud}
    if extra in tries:
        tries[extra](helios, python)


def _films(helios: Helios, work: Path) -> None:
    assert helios("--version").strip()
    assert "render" in helios("--help")
    helios("init", "python", "first")
    small = ("--width", 96, "--height", 54, "--duration", 0.5)
    (source,) = (work / "first").glob("*.py")
    draw = f"{source.relative_to(work)}:draw"
    helios("render", draw, "-o", "film.mp4", *small)
    assert "h264" in helios("info", "film.mp4")
    helios("verify", "film.mp4")
    assert '"properties"' in helios("schema", "options")


def _scene(helios: Helios, _: Path) -> None:
    small = ("--width", 96, "--height", 54, "--frame-count", 3)
    helios("render", "aurora", "-o", "scene.mp4", *small)


def _server(_: Helios, python: Path) -> None:
    _run([str(python), "-c", "import helios.server.app, helios.queue.store"], cwd=python.parent)


def _mcp(_: Helios, python: Path) -> None:
    _run([str(python), "-c", "import helios.agents.tools"], cwd=python.parent)


def _cloud(_: Helios, python: Path) -> None:
    store = "from helios.commit.store import open_store; store = open_store('memory://try');"
    code = f"{store} store.create('x', b'y'); assert store.read('x')"
    _run([str(python), "-c", code], cwd=python.parent)


def _run(argv: Sequence[str], cwd: Path = ROOT) -> str:
    """What a command printed.

    Raises:
        SystemExit: it failed.
    """
    known = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(argv, cwd=cwd, env=known, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(
            f"{' '.join(argv)}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
