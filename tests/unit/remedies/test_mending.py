"""What ``doctor --fix`` runs: packages and kernels, nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from helios.cli import doctor
from helios.doctor.finding import Finding, ok, problem, warning
from helios.remedies.mending import mending_commands
from helios.remedies.system import System
from helios.remedies.table import INSTALL, Fault, extra_remedy, libraries_remedy, remedy, typed

HERE = (sys.executable, "-m")
NO_QUESTIONS = ("-y", "--no-install-recommends")


@pytest.mark.parametrize("system", INSTALL)
def test_packages_are_installed_without_a_question(system: System) -> None:
    found = mending_commands([remedy(Fault.NO_CJK, system)], system, is_root=False)
    assert found[-1][: len(INSTALL[system].split())] == tuple(INSTALL[system].split())
    assert "cjk" in found[-1][-1]
    assert (system in {System.DEBIAN, System.UBUNTU}) == (len(found) == 2)


def test_root_needs_no_sudo_and_nothing_is_installed_twice() -> None:
    texts = [remedy(Fault.NO_BROWSER, System.DEBIAN), remedy(Fault.NO_EMOJI, System.DEBIAN)]
    found = mending_commands([*texts, texts[1]], System.DEBIAN, is_root=True)
    assert found == (
        ("apt", "update"),
        ("apt", "install", *NO_QUESTIONS, "chromium-headless-shell", "chromium"),
        ("apt", "install", *NO_QUESTIONS, "fonts-noto-color-emoji"),
    )


@pytest.mark.parametrize("is_root", [True, False])
@pytest.mark.parametrize("has_lists", [True, False])
def test_what_is_typed_here_is_what_is_run(*, is_root: bool, has_lists: bool) -> None:
    told = typed(remedy(Fault.NO_BROWSER, System.DEBIAN), is_root=is_root, has_lists=has_lists)
    assert told.startswith(
        {
            (True, True): "apt install chromium",
            (True, False): "apt update && apt install chromium",
            (False, True): "sudo apt install chromium",
            (False, False): "sudo apt update && sudo apt install chromium",
        }[is_root, has_lists]
    )
    plain = remedy(Fault.NO_BROWSER, System.DEBIAN)
    for root in (True, False):
        assert mending_commands([told], System.DEBIAN, is_root=root) == mending_commands(
            [plain], System.DEBIAN, is_root=root
        )


def test_libraries_extras_and_kernels() -> None:
    texts = [
        libraries_remedy(["libnss3.so"], System.DEBIAN),
        extra_remedy("scene"),
        remedy(Fault.KERNELS_NOT_COMPILED, System.DEBIAN),
    ]
    found = mending_commands(texts, System.DEBIAN, is_root=False)
    assert found[1] == ("sudo", "apt", "install", *NO_QUESTIONS, "libnss3")
    assert found[2] == (*HERE, "pip", "install", "helios-render[scene]")
    assert found[3] == (*HERE, "helios", "doctor", "--warm")


@pytest.mark.parametrize(
    "fault",
    [Fault.NO_SANDBOX, Fault.SMALL_SHARED_MEMORY, Fault.LITTLE_DISK, Fault.FEW_OPEN_FILES],
)
def test_what_changes_the_system_is_left_to_people(fault: Fault) -> None:
    for system in System:
        assert mending_commands([remedy(fault, system)], system, is_root=True) == ()
    ubuntu = remedy(Fault.NO_BROWSER, System.UBUNTU)
    assert mending_commands([ubuntu], System.UBUNTU, is_root=True) == ()


def test_fix_runs_what_mends_and_looks_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = iter(
        (
            [problem("chromium", "none", "sudo apt install chromium"), ok("memory", "enough")],
            [ok("chromium", "found"), warning("shared memory", "little", "docker run ...")],
        )
    )
    ran: list[tuple[str, ...]] = []

    def run(argv: tuple[str, ...], *, cwd: Path, cancel: object) -> tuple[int, tuple[str, ...]]:
        ran.append(argv)
        return (1, ("no network",)) if argv[-1] == "update" else (0, ())

    def examine() -> list[Finding]:
        return next(looks)

    monkeypatch.setattr(doctor, "examine", examine)
    monkeypatch.setattr(doctor, "run_command", run)
    monkeypatch.setattr(doctor, "this_system", lambda: System.DEBIAN)
    assert doctor.command(fix=True) == 0
    assert [argv[-1] for argv in ran] == ["update", "chromium"]
    told = capsys.readouterr().out
    assert "no network" in told
    assert told.index("PROBLEM  chromium") < told.index("running") < told.index("ok       chromium")
