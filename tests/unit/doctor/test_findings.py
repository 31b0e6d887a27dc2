"""Faults planted in a machine are found, each with what mends it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helios.browser.find import BrowserExecutable
from helios.browser.launch import BrowserConfig, launch
from helios.doctor import cards, chromium, examine, films, machine
from helios.doctor.finding import Finding, ok, warning
from helios.errors import EncodeError, EnvironmentProblem
from helios.remedies.table import Fault, extra_remedy, libraries_remedy, remedy
from helios.scene.kernels.cards import CardFacts

FAULTS = {"h264_qsv": "", "hevc_qsv": "", "av1_qsv": "too old"}
"""Of encoders; what is not among them has no driver."""


def named(findings: Iterator[Finding], name: str) -> Finding:
    return next(finding for finding in findings if finding.name == name)


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HELIOS_CHROMIUM", str(tmp_path / "none"))
    (finding,) = chromium.chromium()
    assert (finding.status, finding.remedy) == ("problem", remedy(Fault.NO_BROWSER))


def test_missing_libraries_are_all_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HELIOS_CHROMIUM", str(program(tmp_path / "chrome", "exit 127")))
    program(tmp_path / "ldd", r"printf '\tlibnss3.so => not found\n\tlibgbm.so.1 => not found\n'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (finding,) = chromium.chromium()
    assert "libnss3.so, libgbm.so.1" in finding.message
    assert finding.remedy == libraries_remedy(["libnss3.so", "libgbm.so.1"])


def test_an_error_of_the_browser_names_the_same_command(tmp_path: Path) -> None:
    said = "chrome: error while loading shared libraries: libnss3.so: cannot open shared object"
    path = program(tmp_path / "chrome", f"echo '{said}' >&2; exit 127")
    tmp_path.chmod(0o755)
    executable = BrowserExecutable(path=path, is_headless_shell=False)
    with pytest.raises(EnvironmentProblem, match=r"libnss3\.so") as refused:
        launch(BrowserConfig(executable=executable, isolate=False, sandbox=False))
    assert libraries_remedy(["libnss3.so"]) in refused.value.hint
    assert "helios doctor" in refused.value.hint


def test_a_browser_that_ends_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HELIOS_CHROMIUM", str(program(tmp_path / "chrome", "exit 3")))
    (finding,) = chromium.chromium()
    assert finding.status == "problem"
    assert "start" in finding.message
    assert str(tmp_path / "chrome") in finding.remedy


@pytest.mark.parametrize(
    ("limit", "said", "fault"),
    [
        ("address_space_allowed", r"may address only 4\.0 GB", Fault.LITTLE_ADDRESS_SPACE),
        ("file_bytes_allowed", r"may be only 4000000000 bytes large", Fault.SMALL_FILES),
    ],
)
def test_a_browser_that_is_allowed_too_little(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str, said: str, fault: Fault
) -> None:
    tmp_path.chmod(0o755)
    path = program(tmp_path / "chrome", "exit 3")
    executable = BrowserExecutable(path=path, is_headless_shell=False)
    monkeypatch.setattr(f"helios.browser.launch.{limit}", lambda: 4_000_000_000)
    with pytest.raises(EnvironmentProblem, match=said) as refused:
        launch(BrowserConfig(executable=executable, isolate=False, sandbox=False))
    assert remedy(fault) in refused.value.hint


def test_extras_that_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (machine, films):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert [finding.status for finding in machine.extras()] == ["warning"] * 3 + ["ok"] * 5
    assert named(machine.extras(), "extra server").remedy == extra_remedy("server")
    assert named(films.kernels(), "scene kernels").remedy == extra_remedy("scene")


def test_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_limit_bytes", lambda: 500_000_000)
    monkeypatch.setattr(machine, "has_shared_memory", lambda _: False)
    assert named(machine.memory(), "memory").remedy == remedy(Fault.LITTLE_MEMORY)
    assert named(machine.memory(), "shared memory").remedy == remedy(Fault.SMALL_SHARED_MEMORY)


def test_folders_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOS_CACHE_DIR", "/proc/helios")
    cache = named(machine.folders(), "cache")
    assert (cache.status, cache.remedy) == ("warning", remedy(Fault.CACHE_NOT_WRITABLE))
    monkeypatch.setattr(machine.tempfile, "gettempdir", lambda: "/proc")
    there = named(machine.folders(), "temporary files")
    assert (there.status, there.remedy) == ("problem", remedy(Fault.NOT_WRITABLE))
    assert named(machine.folders(), "this folder").status == "ok"


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = machine.shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage)
    assert named(machine.folders(), "this folder").remedy == remedy(Fault.LITTLE_DISK)


def test_an_encoder_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise EncodeError("it does not open", hint="Install it.")

    monkeypatch.setattr(films.RenderOrchestrator, "render", fails)
    findings = list(films.encoders())
    assert {finding.status for finding in findings} == {"problem"}
    assert {(f.message, f.remedy) for f in findings} == {("it does not open", "Install it.")}


def test_a_card_that_is_there_and_does_not_encode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "has_card", lambda interface: interface in ("nvenc", "qsv"))
    monkeypatch.setattr(cards, "fault_of", lambda encode: FAULTS.get(encode.encoder, "no driver"))
    found = {finding.name: finding for finding in cards.hardware_encoders()}
    nvenc = found["encoder nvenc"]
    assert (nvenc.status, nvenc.remedy) == ("warning", remedy(Fault.NO_NVENC))
    assert nvenc.message.endswith("h264: no driver; hevc: no driver; av1: no driver")
    assert found["encoder qsv"].status == "ok"
    assert found["encoder qsv"].message == "--hwaccel finds h264, hevc (not av1: too old)"
    assert found["encoder amf"].message == "no AMD GPU with AMF; the processor encodes (no driver)"
    assert (found["encoder amf"].status, found["encoder amf"].remedy) == ("ok", "")


def a_card(number: int, name: str, **facts: Any) -> CardFacts:
    usual = {"driver": "535.1", "is_software": False}
    return CardFacts(number=number, name=name, **{**usual, **facts})


def test_each_card_that_could_draw_is_told_with_its_test_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    software = a_card(2, "llvmpipe (software, Vulkan)", driver="", is_software=True)
    offered = (
        a_card(0, "RTX 4090 (Vulkan)", frame_ms=1.26),
        a_card(1, "GTX 480 (Vulkan)", wrong="the graphics card failed: too old"),
        software,
    )
    monkeypatch.setattr("helios.scene.kernels.cards.cards", lambda: offered)
    assert list(cards.cards()) == [
        ok("graphics card 0", "RTX 4090 (Vulkan), 535.1: a 1080p test picture in 1.3 ms"),
        warning(
            "graphics card 1",
            "GTX 480 (Vulkan), 535.1: the graphics card failed: too old",
            remedy(Fault.NO_CARD),
        ),
        ok("graphics card 2", "llvmpipe (software, Vulkan): only if named (--adapter 2)"),
    ]
    monkeypatch.setattr("helios.scene.kernels.cards.cards", lambda: (software,))
    *_, last = cards.cards()
    assert last == ok("graphics card", "none: the processor draws scenes")


def test_drivers_of_cards_that_fail_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise EnvironmentProblem("no Vulkan loader was found", hint="Draw with --backend cpu.")

    monkeypatch.setattr("helios.scene.kernels.cards.cards", fails)
    (found,) = cards.cards()
    said = ("no Vulkan loader was found", "Draw with --backend cpu.")
    assert (found.status, found.message, found.remedy) == ("warning", *said)


def test_cards_are_known_by_what_the_system_shows(tmp_path: Path) -> None:
    def here() -> list[str]:
        kinds = ("nvenc", "qsv", "amf", "videotoolbox")
        return [kind for kind in kinds if cards.has_card(kind, tmp_path, "linux")]

    assert here() == []
    for number, vendor in ((128, "0x1002"), (129, "0x10de")):
        device = tmp_path / f"sys/class/drm/renderD{number}/device"
        device.mkdir(parents=True)
        (device / "vendor").write_text(f"{vendor}\n")
    assert here() == ["amf"]
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/nvidiactl").touch()
    assert here() == ["nvenc", "amf"]
    assert cards.has_card("videotoolbox", tmp_path, "darwin")


def test_kernels_that_are_not_compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HELIOS_CACHE_DIR", str(tmp_path))
    (finding,) = films.kernels()
    assert finding.remedy == remedy(Fault.KERNELS_NOT_COMPILED)


def test_what_goes_wrong_in_looking_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def odd() -> Iterator[Finding]:
        yield from ()
        raise RuntimeError("no such thing")

    monkeypatch.setattr(examine, "EXAMINATIONS", (odd, machine.python))
    first, second = examine.examine()
    assert (first.name, first.status, second.name) == ("odd", "problem", "python")
    assert "no such thing" in first.message


def test_every_extra_is_looked_for_and_documented() -> None:
    root = Path(__file__).parents[3]
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = {*project["optional-dependencies"]} - {"all", "docs", "dev"}
    assert {finding.name for finding in machine.extras()} == {f"extra {each}" for each in extras}
    rows = (root / "docs" / "doctor.md").read_text().splitlines()
    named = "".join(row.split("|")[1] for row in rows if row.startswith("| `extra "))
    install = (root / "docs" / "index.md").read_text().partition("## Install")[2]
    for extra in extras:
        assert f"{extra}`" in named
        assert extra in install.partition("\n## ")[0]
