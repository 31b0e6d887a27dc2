from __future__ import annotations

from pathlib import Path

import pytest

from helios.browser import find
from helios.browser.find import find_browser, is_snap_stub
from helios.browser.flags import browser_environment, browser_flags
from helios.errors import EXIT_ENVIRONMENT, BrowserNotFound


def executable(folder: Path, name: str, content: str = "#!/bin/sh\n") -> Path:
    path = folder / name
    path.write_text(content)
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("HELIOS_CHROMIUM", raising=False)
    monkeypatch.setattr(find, "_PLACES", ())


def test_no_browser_says_how_to_get_one() -> None:
    with pytest.raises(BrowserNotFound) as caught:
        find_browser()
    assert caught.value.exit_code == EXIT_ENVIRONMENT
    assert "HELIOS_CHROMIUM" in caught.value.hint


def test_headless_shell_is_preferred(tmp_path: Path) -> None:
    executable(tmp_path, "chromium")
    assert not find_browser().is_headless_shell
    shell = executable(tmp_path, "chromium-headless-shell")
    found = find_browser()
    assert (found.path, found.is_headless_shell) == (shell, True)


def test_headless_shell_can_be_demanded(tmp_path: Path) -> None:
    executable(tmp_path, "google-chrome")
    with pytest.raises(BrowserNotFound, match="headless-shell"):
        find_browser(need_headless_shell=True)


def test_environment_variable_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path, "chromium-headless-shell")
    mine = executable(tmp_path, "my-chrome")
    monkeypatch.setenv("HELIOS_CHROMIUM", str(mine))
    assert find_browser().path == mine
    monkeypatch.setenv("HELIOS_CHROMIUM", str(tmp_path / "gone"))
    with pytest.raises(BrowserNotFound, match="gone"):
        find_browser()


def test_snap_stub_is_recognised_and_passed_over(tmp_path: Path) -> None:
    stub = executable(
        tmp_path, "chromium-browser", "#!/bin/sh\nexec /snap/bin/chromium snap install chromium\n"
    )
    assert is_snap_stub(stub)
    with pytest.raises(BrowserNotFound, match="stub"):
        find_browser()
    chrome = executable(tmp_path, "google-chrome")
    assert find_browser().path == chrome


def test_sandbox_and_port_flags(tmp_path: Path) -> None:
    executable(tmp_path, "chromium")
    found = find_browser()

    def flags(*, sandbox: bool) -> tuple[str, ...]:
        return browser_flags(
            found, headless=True, sandbox=sandbox, begin_frame=False, size=(640, 360)
        )

    assert "--host-resolver-rules=MAP * ~NOTFOUND" in flags(sandbox=True)  # the last of the walls
    assert "--no-sandbox" not in flags(sandbox=True)
    assert "--no-sandbox" in flags(sandbox=False)
    assert "--remote-debugging-pipe=cbor" in flags(sandbox=True)
    assert not any("remote-debugging-port" in flag for flag in flags(sandbox=True))


def test_browser_gets_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "secret")
    environment = browser_environment(tmp_path, headless=True)
    assert "secret" not in environment.values()
    assert environment["TZ"] == "UTC"
