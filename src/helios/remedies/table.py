"""The one table of what mends what. Errors and ``helios doctor`` both say what stands here."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

from helios.remedies.libraries import library_command
from helios.remedies.system import System, this_system

_ANY_BROWSER = "Or set HELIOS_CHROMIUM to the executable of a Chromium or Chrome you have."
_CONTAINER = (
    "in a container: --security-opt seccomp=seccomp.json, a file beside the Dockerfile of Helios"
)


class Fault(StrEnum):
    """What a machine may lack."""

    NO_BROWSER = "no-browser"
    NO_SANDBOX = "no-sandbox"
    NO_NETWORK_NAMESPACE = "no-network-namespace"
    FEW_OPEN_FILES = "few-open-files"
    LITTLE_ADDRESS_SPACE = "little-address-space"
    SMALL_FILES = "small-files"
    SMALL_SHARED_MEMORY = "small-shared-memory"
    LITTLE_MEMORY = "little-memory"
    LITTLE_DISK = "little-disk"
    NOT_WRITABLE = "not-writable"
    CACHE_NOT_WRITABLE = "cache-not-writable"
    KERNELS_NOT_COMPILED = "kernels-not-compiled"
    NO_NVENC = "no-nvenc"
    NO_QUICK_SYNC = "no-quick-sync"
    NO_AMF = "no-amf"
    NO_VIDEOTOOLBOX = "no-videotoolbox"
    NO_CARD = "no-card"
    NO_LATIN = "no-latin-font"
    NO_CJK = "no-cjk-font"
    NO_ARABIC = "no-arabic-font"
    NO_EMOJI = "no-emoji-font"


_EVERYWHERE: dict[Fault, str] = {
    Fault.NO_BROWSER: "Install Chromium or Google Chrome.",
    Fault.NO_SANDBOX: "sudo sysctl -w kernel.unprivileged_userns_clone=1 "
    f"user.max_user_namespaces=10000; {_CONTAINER}; for pages that you trust: --no-sandbox",
    Fault.NO_NETWORK_NAMESPACE: f"sudo sysctl -w user.max_user_namespaces=10000; {_CONTAINER}",
    Fault.FEW_OPEN_FILES: "ulimit -n 4096",
    Fault.LITTLE_ADDRESS_SPACE: "ulimit -v unlimited",
    Fault.SMALL_FILES: "ulimit -f unlimited",
    Fault.SMALL_SHARED_MEMORY: "docker run --shm-size=1g ...; elsewhere: "
    "sudo mount -o remount,size=1g /dev/shm",
    Fault.LITTLE_MEMORY: "docker run --memory=2g ...; or render with --workers 1",
    Fault.LITTLE_DISK: "Free some space, or name other folders: -o, and TMPDIR for temporary files",
    Fault.NOT_WRITABLE: "Name a folder that can be written: -o, and TMPDIR for temporary files",
    Fault.CACHE_NOT_WRITABLE: "export HELIOS_CACHE_DIR=/a/folder/that/can/be/written",
    Fault.KERNELS_NOT_COMPILED: "helios doctor --warm",
    Fault.NO_NVENC: "Install NVIDIA's driver with libnvidia-encode.so.1; in a container: docker "
    "run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,video,utility ... Cards for data centres "
    "that only compute (A100, H100, H200) have no encoder.",
    Fault.NO_QUICK_SYNC: "Install Intel's runtime (libmfx-gen1.2 or libmfx1) and media driver "
    "(intel-media-va-driver); in a container: docker run --device /dev/dri ...",
    Fault.NO_AMF: "Install AMD's AMF runtime (amf-amdgpu-pro); in a container: docker run --device "
    "/dev/dri ...",
    Fault.NO_VIDEOTOOLBOX: "Only macOS has it.",
    Fault.NO_CARD: "Install the newest driver of the card, with Vulkan; in a container: "
    "NVIDIA_DRIVER_CAPABILITIES=all",
    Fault.NO_LATIN: "Install fonts, such as DejaVu or Liberation.",
    Fault.NO_CJK: "Install Noto Sans CJK.",
    Fault.NO_ARABIC: "Install Noto Sans Arabic.",
    Fault.NO_EMOJI: "Install Noto Color Emoji.",
}
_PACKAGES: dict[Fault, dict[System, str]] = {
    Fault.NO_BROWSER: {
        System.DEBIAN: "chromium-headless-shell chromium",
        System.FEDORA: "chromium-headless",
        System.ALPINE: "chromium",
        System.ARCH: "chromium",
        System.MACOS: "--cask google-chrome",
    },
    Fault.NO_LATIN: {
        System.DEBIAN: "fonts-dejavu-core fonts-liberation",
        System.UBUNTU: "fonts-dejavu-core fonts-liberation",
        System.FEDORA: "dejavu-sans-fonts liberation-fonts",
        System.ALPINE: "font-dejavu font-liberation",
        System.ARCH: "ttf-dejavu ttf-liberation",
        System.MACOS: "--cask font-dejavu",
    },
    Fault.NO_CJK: {
        System.DEBIAN: "fonts-noto-cjk",
        System.UBUNTU: "fonts-noto-cjk",
        System.FEDORA: "google-noto-sans-cjk-fonts",
        System.ALPINE: "font-noto-cjk",
        System.ARCH: "noto-fonts-cjk",
        System.MACOS: "--cask font-noto-sans-cjk",
    },
    Fault.NO_ARABIC: {
        System.DEBIAN: "fonts-noto-core",
        System.UBUNTU: "fonts-noto-core",
        System.FEDORA: "google-noto-sans-arabic-fonts",
        System.ALPINE: "font-noto-arabic",
        System.ARCH: "noto-fonts",
        System.MACOS: "--cask font-noto-sans-arabic",
    },
    Fault.NO_EMOJI: {
        System.DEBIAN: "fonts-noto-color-emoji",
        System.UBUNTU: "fonts-noto-color-emoji",
        System.FEDORA: "google-noto-color-emoji-fonts",
        System.ALPINE: "font-noto-emoji",
        System.ARCH: "noto-fonts-emoji",
        System.MACOS: "--cask font-noto-color-emoji",
    },
}
_OTHERWISE: dict[tuple[Fault, System], str] = {
    (Fault.NO_BROWSER, System.UBUNTU): "curl -fLO "
    "https://dl.google.com/linux/direct/google-chrome-stable_current_amd64.deb && "
    "sudo apt install ./google-chrome-stable_current_amd64.deb "
    "(Ubuntu's chromium package is a snap and does not work here)",
    (Fault.NO_SANDBOX, System.UBUNTU): "sudo sysctl -w "
    f"kernel.apparmor_restrict_unprivileged_userns=0; {_CONTAINER}; "
    "for pages that you trust: --no-sandbox",
    (Fault.NO_NETWORK_NAMESPACE, System.UBUNTU): "sudo sysctl -w "
    f"kernel.apparmor_restrict_unprivileged_userns=0; {_CONTAINER}",
}
INSTALL: dict[System, str] = {
    System.DEBIAN: "sudo apt install",
    System.UBUNTU: "sudo apt install",
    System.FEDORA: "sudo dnf install",
    System.ALPINE: "sudo apk add",
    System.ARCH: "sudo pacman -S",
    System.MACOS: "brew install",
}
_APT_LISTS = Path("/var/lib/apt/lists")
"""Of the packages that there are; containers and fresh systems come without."""


def remedy(fault: Fault, system: System | None = None) -> str:
    """What mends ``fault`` on ``system``: a command, or what to do.

    Without a system it is this one, and the command is as this user types it here.

    Example:
        >>> remedy(Fault.NO_CJK, System.DEBIAN)
        'sudo apt install fonts-noto-cjk'
    """
    on = system or this_system()
    packages = _PACKAGES.get(fault, {}).get(on)
    if packages is not None:
        text = f"{INSTALL[on]} {packages}"
    else:
        text = _OTHERWISE.get((fault, on), _EVERYWHERE[fault])
    text = text if system else _typed_here(text)
    return f"{text.rstrip('.')}. {_ANY_BROWSER}" if fault is Fault.NO_BROWSER else text


def extra_remedy(extra: str) -> str:
    """What installs an optional part of Helios."""
    return f"pip install 'helios-render[{extra}]'"


def libraries_remedy(names: list[str], system: System | None = None) -> str:
    """What installs the shared libraries of these names; see ``remedy``."""
    on = system or this_system()
    text = library_command(names, on, INSTALL.get(on, ""))
    return text if system else _typed_here(text)


def typed(text: str, *, is_root: bool, has_lists: bool) -> str:
    """A command as it is typed: by root without sudo, which small systems lack, and where apt has
    no lists of packages, after getting them.

    Example:
        >>> typed("sudo apt install chromium", is_root=True, has_lists=False)
        'apt update && apt install chromium'
    """
    if not has_lists:
        text = text.replace("sudo apt install", "sudo apt update && sudo apt install", 1)
    return text.replace("sudo ", "") if is_root else text


def _typed_here(text: str) -> str:
    has_lists = any(_APT_LISTS.glob("*_Packages*"))
    return typed(text, is_root=os.geteuid() == 0, has_lists=has_lists)
