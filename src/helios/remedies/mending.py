"""Which remedies can be carried out without asking: packages, and what Helios does itself."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable

from helios.remedies.system import System
from helios.remedies.table import INSTALL

Command = tuple[str, ...]
_NO_QUESTIONS = {
    System.DEBIAN: ("-y", "--no-install-recommends"),
    System.UBUNTU: ("-y", "--no-install-recommends"),
    System.FEDORA: ("-y",),
    System.ARCH: ("--noconfirm",),
}
_BEFORE: dict[System, Command] = {
    System.DEBIAN: ("sudo", "apt", "update"),
    System.UBUNTU: ("sudo", "apt", "update"),
}
"""Containers come without lists of packages."""
_PACKAGE = re.compile(r"[\w.+:-]+")


def mending_commands(
    remedies: Iterable[str], system: System, *, is_root: bool
) -> tuple[Command, ...]:
    """The commands among ``remedies``, each once, as words; what else mends is for people.

    Example:
        >>> mending_commands(["sudo apt install chromium. Or ..."], System.DEBIAN, is_root=True)
        (('apt', 'update'), ('apt', 'install', '-y', '--no-install-recommends', 'chromium'))
    """
    found = dict.fromkeys(
        command for text in remedies if (command := _command(text, system)) is not None
    )
    installs = any(command[:2] != (sys.executable, "-m") for command in found)
    first = [_BEFORE[system]] if installs and system in _BEFORE else []
    return tuple(
        command[1:] if is_root and command[0] == "sudo" else command for command in (*first, *found)
    )


def _command(text: str, system: System) -> Command | None:
    if text == "helios doctor --warm":
        return (sys.executable, "-m", "helios", "doctor", "--warm")
    if text.startswith("pip install "):
        return (sys.executable, "-m", "pip", "install", *shlex.split(text)[2:])
    install = INSTALL.get(system)
    if install is None:
        return None
    plain = f"{install.removeprefix('sudo ')} "
    said = text.replace("sudo ", "").removeprefix("apt update && ")
    if not said.startswith(plain):
        return None
    words = said.removeprefix(plain).partition(". ")[0].rstrip(".").split()
    if not all(_PACKAGE.fullmatch(word) for word in words):
        return None
    return (*install.split(), *_NO_QUESTIONS.get(system, ()), *words)
