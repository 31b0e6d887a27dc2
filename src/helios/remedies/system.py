"""Which system this is, as far as its way to install things goes."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path

OS_RELEASE = Path("/etc/os-release")


class System(StrEnum):
    """A family of systems that install the same way."""

    DEBIAN = "debian"
    UBUNTU = "ubuntu"
    FEDORA = "fedora"
    ALPINE = "alpine"
    ARCH = "arch"
    MACOS = "macos"
    OTHER = "other"


_RELATIVES = {"rhel": System.FEDORA, "centos": System.FEDORA}


def this_system(release: Path = OS_RELEASE, platform: str = sys.platform) -> System:
    """The system that we run on: what it calls itself, else what it says it is like."""
    if platform == "darwin":
        return System.MACOS
    try:
        text = release.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return System.OTHER
    lines = (line.partition("=") for line in text.splitlines())
    values = {key.strip(): value.strip().strip("\"'").lower() for key, _, value in lines}
    for name in [values.get("ID", ""), *values.get("ID_LIKE", "").split()]:
        if name in _RELATIVES:
            return _RELATIVES[name]
        if name in set(System) - {System.OTHER, System.MACOS}:
            return System(name)
    return System.OTHER
