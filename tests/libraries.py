"""JavaScript libraries for the pages that use them: installed by npm, once, beside the pages.

``python tests/libraries.py`` does it beforehand; ``./dev test`` does, and so does the first test
that needs them.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import zlib
from pathlib import Path

FOLDER = Path(__file__).parent / "compositions"
_TIMEOUT_S = 240
_COMMAND = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def install() -> Path:
    """The folder of ``tests/compositions/package-lock.json``'s packages, all of them installed.

    Raises:
        RuntimeError: there is no npm, or it failed; the message says what to do.
    """
    lock = FOLDER / "package-lock.json"
    modules = FOLDER / "node_modules"
    stamp = modules / f".installed-{zlib.crc32(lock.read_bytes()):08x}"
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # test processes run side by side
        if not stamp.exists():
            _install()
            stamp.touch()
    return modules


def _install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(
            "the tests of GSAP, three.js and the like need npm to install them "
            "(Debian: sudo apt-get install npm; macOS: brew install node)"
        )
    done = subprocess.run(
        [npm, *_COMMAND],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"npm could not install the libraries: {done.stderr[-2000:]}")


if __name__ == "__main__":
    print(install())
