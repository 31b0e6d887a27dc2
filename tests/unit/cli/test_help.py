"""Help, version and completion: what is asked for before anything is known."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from helios.cli.main import COMMANDS, GROUPS, commands_known, main
from helios.version import __version__


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(words) == code
    out, err = capsys.readouterr()
    return err if code else out


@pytest.mark.parametrize("words", [("render",), ("queue",), ("queue", "ls"), ("verify",)])
def test_help_is_what_the_flag_prints(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    text = said(capsys, "help", *words)
    assert text == said(capsys, *words, "--help")
    assert f"helios {' '.join(words)}" in text


def test_help_of_all_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "help")
    assert text == said(capsys, "--help")
    for name in (*(name for name, _, _ in COMMANDS), *GROUPS):
        assert f" {name} " in text
    assert ("vr", "inject") in commands_known()


def test_help_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no command 'rendr'" in said(capsys, "help", "rendr", code=2)


def test_words_too_many_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "cache", "clear", "songs", "now", code=2)
    assert "too many words: 'songs' 'now'" in text
    assert "helios cache clear --help" in text


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_version(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    assert said(capsys, flag).strip() == __version__


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_knows_commands_and_flags(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, shell: str
) -> None:
    text = said(capsys, "completion", shell)
    for word in ("verify", "render-server", "inject", "frame-count", "against"):
        assert word in text
    script = tmp_path / "completion"
    script.write_text(text)
    if program := shutil.which(shell):
        subprocess.run([program, "-n", str(script)], check=True, capture_output=True)


def test_bash_completes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    script = tmp_path / "completion"
    script.write_text(said(capsys, "completion", "bash"))

    def offered(*words: str) -> list[str]:
        listed = " ".join(f"'{word}'" for word in words)
        lines = (
            f"source '{script}'",
            f"COMP_WORDS=({listed}); COMP_CWORD={len(words) - 1}",
            "$(complete -p helios | sed 's/.*-F \\([^ ]*\\).*/\\1/')",
            'printf "%s\\n" "${COMPREPLY[@]}"',
        )
        done = subprocess.run(
            ["bash", "-c", "\n".join(lines)], check=True, capture_output=True, text=True
        )
        return done.stdout.split()

    assert offered("helios", "ver") == ["verify"]
    assert "--frame-count" in offered("helios", "render", "--frame")
    assert offered("helios", "queue", "ca") == ["cancel"]


def test_another_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "helios completion --help" in said(capsys, "completion", "tcsh", code=2)
