"""What Python calls of a page's stage by name is what ``stage.d.ts`` declares, and scripts have."""

from __future__ import annotations

import re
from pathlib import Path

BROWSER = Path(__file__).parents[3] / "src" / "helios" / "browser"
CALLED = re.compile(r"\{STAGE\}\??\.(?:(shared)\??\.)?(\w+)")


def declared_in(interface: str) -> set[str]:
    text = (BROWSER / "js" / "stage.d.ts").read_text()
    body = text.partition(f"\ninterface {interface} {{\n")[2].partition("\n}\n")[0]
    return set(re.findall(r"^  (?:readonly )?(\w+)[?(:<]", body, re.MULTILINE))


def test_python_calls_what_is_declared() -> None:
    declared = {"": declared_in("Stage"), "shared": declared_in("StageShared")}
    called = {
        (shared, name)
        for path in BROWSER.glob("*.py")
        for shared, name in CALLED.findall(path.read_text())
    }
    assert len(called) > 20
    assert sorted(f"{of}.{name}" for of, name in called if name not in declared[of]) == []
