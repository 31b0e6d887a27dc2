"""The table of planted faults stays true to the code, and running it gives true verdicts."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
from tests.mutants.__main__ import is_wrong, report
from tests.mutants.run import run_faults
from tests.mutants.table import ROOT, SOURCE, Fault, read_faults

FAULTS = read_faults()


def test_every_fault_is_a_change_of_text_that_stands_there_once() -> None:
    for fault in FAULTS:
        found = fault.found(ROOT)
        assert len(found) == 1, f"{fault.id}: its text stands in {fault.place} {len(found)} times"
        changed = found[0].read_text().replace(fault.old, fault.new)
        assert fault.old != fault.new, fault.id
        if found[0].suffix == ".py":
            ast.parse(changed, filename=fault.id)


def test_every_fault_has_a_name_of_its_own_and_says_what_it_breaks() -> None:
    names = Counter(fault.id for fault in FAULTS)
    assert [name for name, count in names.items() if count > 1] == []
    assert all(fault.breaks for fault in FAULTS)


def test_the_tests_that_are_named_exist() -> None:
    for fault in FAULTS:
        assert fault.tests, fault.id
        for test in fault.tests:
            name, _, function = test.partition("::")
            path = ROOT / name
            assert path.exists(), f"{fault.id}: {name}"
            assert not function or f"def {function}(" in path.read_text(), f"{fault.id}: {test}"


def test_every_room_has_its_share_of_faults() -> None:
    counts = Counter(fault.place.partition("/")[0] for fault in FAULTS)
    for room in (ROOT / SOURCE).iterdir():
        lines = sum(len(path.read_text().splitlines()) for path in room.glob("*.py"))
        assert counts[room.name] >= min(9, lines // 25), room.name
    assert len(FAULTS) >= 250


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A program of one line, and a test of it."""
    root = tmp_path / "project"
    (root / SOURCE).mkdir(parents=True)
    (root / SOURCE / "sums.py").write_text("def total(a, b):\n    return a + b + 0\n")
    (root / "tests").mkdir()
    lines = ["from sums import total", "def test_total():", "    assert total(1, 2) == 3"]
    (root / "tests" / "test_sums.py").write_text("\n".join(lines))
    (root / "pytest.ini").write_text("[pytest]\npythonpath = src/helios\n")
    return root


def fault(old: str, new: str, **values: object) -> Fault:
    fields = {"room": "sums", "id": new, "place": "sums.py", "breaks": "sums"}
    tests = ("tests/test_sums.py",)
    return Fault(**{**fields, "tests": tests, "old": old, "new": new, **values})


def test_verdicts_are_true(tree: Path) -> None:
    planted = [
        fault("a + b", "a - b"),
        fault("+ 0", "- 0", survives="it is the same"),
        fault("a * b", "a + b"),
        fault("+ b", "- b", id="untested", tests=("tests/test_sums.py::test_difference",)),
    ]
    outcomes = run_faults(planted, tree)
    assert [outcome.verdict for outcome in outcomes] == ["noticed", "survived", "stale", "stale"]
    assert outcomes[0].by == "tests/test_sums.py::test_total"
    assert [is_wrong(outcome) for outcome in outcomes] == [False, False, True, True]
    assert report(outcomes).startswith("1 of 4 planted faults noticed (25.0 %)\n")


def test_what_never_ends_is_noticed_and_ended(tree: Path) -> None:
    (outcome,) = run_faults([fault("return", "while True: pass\n    return")], tree, limit_s=12)
    assert outcome.verdict == "noticed"


def test_a_test_that_fails_by_chance_notices_nothing(tree: Path) -> None:
    lines = ["from pathlib import Path", "def test_total():", "    seen = Path('seen').exists()"]
    lines += ["    Path('seen').touch()", "    assert seen"]
    (tree / "tests" / "test_sums.py").write_text("\n".join(lines))
    (outcome,) = run_faults([fault("a + b", "a - b")], tree)
    assert outcome.verdict == "survived"


def test_a_test_that_fails_anyway_notices_nothing(tree: Path) -> None:
    (tree / "tests" / "test_sums.py").write_text("def test_total():\n    assert False\n")
    (outcome,) = run_faults([fault("a + b", "a - b")], tree)
    assert outcome.verdict == "stale"
