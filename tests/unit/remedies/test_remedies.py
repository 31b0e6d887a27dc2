"""Every fault has what mends it on every system, as commands of that system."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios.remedies import table
from helios.remedies.libraries import missing_libraries
from helios.remedies.system import System, this_system
from helios.remedies.table import INSTALL, Fault, extra_remedy, libraries_remedy, remedy


@pytest.mark.parametrize(
    ("release", "system"),
    [
        ("ID=debian\n", System.DEBIAN),
        ('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', System.UBUNTU),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', System.UBUNTU),
        ("ID=raspbian\nID_LIKE=debian\n", System.DEBIAN),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', System.FEDORA),
        ("ID=centos\n", System.FEDORA),
        ("ID=alpine\n", System.ALPINE),
        ("ID=manjaro\nID_LIKE=arch\n", System.ARCH),
        ("ID=nixos\n", System.OTHER),
        ("", System.OTHER),
    ],
)
def test_a_system_is_what_it_says_or_what_it_is_like(
    tmp_path: Path, release: str, system: System
) -> None:
    file = tmp_path / "os-release"
    file.write_text(release)
    assert this_system(file, "linux") is system
    assert this_system(file, "darwin") is System.MACOS
    assert this_system(tmp_path / "none", "linux") is System.OTHER


def test_an_extra_is_installed_by_its_name() -> None:
    assert extra_remedy("scene") == "pip install 'helios-render[scene]'"


@pytest.mark.parametrize("system", System)
def test_packages_are_installed_as_the_system_does(system: System) -> None:
    for fault in Fault:
        text = remedy(fault, system)
        assert text
        if fault.endswith("font") and system is not System.OTHER:
            assert text.startswith(INSTALL[system] + " ")
    for other, command in INSTALL.items():
        if command != INSTALL.get(system):
            assert command not in remedy(Fault.NO_BROWSER, system), other
    assert "HELIOS_CHROMIUM" in remedy(Fault.NO_BROWSER, system)


def test_ubuntu_gets_no_snap() -> None:
    assert "apt install chromium" not in remedy(Fault.NO_BROWSER, System.UBUNTU)
    assert "apparmor" in remedy(Fault.NO_SANDBOX, System.UBUNTU)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("chrome: error while loading shared libraries: libnss3.so: cannot open", ["libnss3.so"]),
        ("\tlibgbm.so.1 => not found\n\tlibc.so.6 => /lib/libc.so.6\n", ["libgbm.so.1"]),
        ("\ta.so => not found\n\tb.so => not found\n\ta.so => not found\n", ["a.so", "b.so"]),
        ("Error loading shared library libx.so.1: No such file (needed by chrome)", ["libx.so.1"]),
        ("all is well", []),
    ],
)
def test_loaders_say_what_is_missing(text: str, names: list[str]) -> None:
    assert missing_libraries(text) == names


def test_libraries_have_packages() -> None:
    names = ["libnss3.so", "libnspr4.so", "libsmime3.so"]
    assert libraries_remedy(names, System.DEBIAN) == "sudo apt install libnss3 libnspr4"
    assert "libasound2t64" in libraries_remedy(["libasound.so.2"], System.UBUNTU)
    assert libraries_remedy(["libx.so.1"], System.FEDORA) == "sudo dnf install 'libx.so.1()(64bit)'"
    assert libraries_remedy(["libx.so.1"], System.ALPINE) == "sudo apk add so:libx.so.1"
    assert libraries_remedy(["libx.so.1"], System.DEBIAN) == "sudo apt install chromium"
    assert "libx.so.1" in libraries_remedy(["libx.so.1"], System.OTHER)


@pytest.mark.parametrize("user", [0, 1000])
def test_root_is_told_no_sudo(user: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(table, "this_system", lambda: System.DEBIAN)
    monkeypatch.setattr(table, "_APT_LISTS", tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: user)
    said = [remedy(fault) for fault in Fault] + [libraries_remedy(["libnss3.so"])]
    assert any("sudo" in text for text in said) == (user != 0)
    assert "apt update &&" in said[-1]
    (tmp_path / "deb.debian.org_Packages.lz4").touch()
    assert "apt update &&" not in libraries_remedy(["libnss3.so"])
