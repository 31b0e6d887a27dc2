"""Which package has a shared library that Chromium needs."""

from __future__ import annotations

import re

from helios.remedies.system import System

_MISSING = re.compile(
    r"error while loading shared libraries: (\S+?):|^\s*(\S+) => not found", re.MULTILINE
)
_MISSING_MUSL = re.compile(r"Error loading shared library (\S+?):")
_DEBIAN = {
    "libasound.so.2": "libasound2",
    "libatk-1.0.so.0": "libatk1.0-0",
    "libatk-bridge-2.0.so.0": "libatk-bridge2.0-0",
    "libatspi.so.0": "libatspi2.0-0",
    "libcairo.so.2": "libcairo2",
    "libcups.so.2": "libcups2",
    "libdbus-1.so.3": "libdbus-1-3",
    "libdrm.so.2": "libdrm2",
    "libexpat.so.1": "libexpat1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgbm.so.1": "libgbm1",
    "libgio-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libnspr4.so": "libnspr4",
    "libnss3.so": "libnss3",
    "libnssutil3.so": "libnss3",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libsmime3.so": "libnss3",
    "libudev.so.1": "libudev1",
    "libX11.so.6": "libx11-6",
    "libxcb.so.1": "libxcb1",
    "libXcomposite.so.1": "libxcomposite1",
    "libXdamage.so.1": "libxdamage1",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libXrandr.so.2": "libxrandr2",
}
"""Newer releases call some of these ...t64."""
_RENAMED = {"libasound2", "libatk1.0-0", "libatk-bridge2.0-0", "libatspi2.0-0", "libcups2"}
_RENAMED |= {"libglib2.0-0"}


def missing_libraries(text: str) -> list[str]:
    """The libraries that a loader or ``ldd`` says are missing, each once.

    Example:
        >>> missing_libraries("x: error while loading shared libraries: libnss3.so: cannot open")
        ['libnss3.so']
    """
    found = [first or second for first, second in _MISSING.findall(text)]
    return list(dict.fromkeys([*found, *_MISSING_MUSL.findall(text)]))


def library_command(names: list[str], system: System, install: str) -> str:
    """The command that installs these libraries on ``system``, whose installer is ``install``."""
    if system is System.FEDORA:
        return " ".join([install, *(f"'{name}()(64bit)'" for name in names)])
    if system is System.ALPINE:
        return " ".join([install, *(f"so:{name}" for name in names)])
    if system in {System.DEBIAN, System.UBUNTU}:
        packages = list(dict.fromkeys(_DEBIAN[name] for name in names if name in _DEBIAN))
        newer = [f"{name}t64" if name in _RENAMED else name for name in packages]
        command = f"{install} {' '.join(packages or ['chromium'])}"
        if newer == packages:
            return command
        return f"{command} (since Debian 13 and Ubuntu 24.04: {install} {' '.join(newer)})"
    if system is System.ARCH:
        return f"{install} chromium"
    return f"Install the packages that have {', '.join(names)}."
