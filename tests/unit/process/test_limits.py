"""Limits that a process puts on itself stay, and it never has fewer files than it may."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def in_a_process(code: str) -> object:
    """What ``code`` leaves in ``found``, run where limits harm nobody."""
    lines = ["import json, resource", "from helios.process.limits import *", code]
    command = [sys.executable, "-c", "\n".join([*lines, "print(json.dumps(found))"])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(("most", "limits"), [(5, [5, 5]), (10, [10, 10]), (100, [10, 10])])
def test_a_limit_is_lowered_for_good_and_never_lifted(most: int, limits: list[int]) -> None:
    code = (
        "kind = resource.RLIMIT_CORE; resource.setrlimit(kind, (10, 10))\n"
        f"lower(kind, {most}); found = resource.getrlimit(kind)"
    )
    assert in_a_process(code) == limits


@pytest.mark.parametrize(
    ("soft", "hard", "allowed"), [(64, 4096, 256), (64, 128, 128), (512, 4096, 512)]
)
def test_as_many_files_are_allowed_as_are_wanted_and_granted(
    soft: int, hard: int, allowed: int
) -> None:
    code = (
        f"kind = resource.RLIMIT_NOFILE; resource.setrlimit(kind, ({soft}, {hard}))\n"
        "allow_open_files(256); found = open_files_allowed()"
    )
    assert in_a_process(code) == allowed


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("MemoryError()", True),
        ("ImportError('x.so: failed to map segment from shared object')", True),
        ("OSError('Could not find/load shared object file x.so')", True),
        ("OSError('no space left on device')", False),
        ("ImportError('No module named x')", False),
        ("ValueError('shared object')", False),
    ],
)
def test_refused_memory_is_said_with_the_limit(error: str, *, said: bool) -> None:
    code = (
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, resource.RLIM_INFINITY))\n"
        f"lack = lack_of_memory({error}); found = lack and [lack.message, lack.hint]"
    )
    text = "not enough memory: this process may address only 1.1 GB"
    assert in_a_process(code) == ([text, "Allow more: ulimit -v unlimited"] if said else None)


def test_without_a_limit_a_library_that_is_missing_is_no_lack_of_memory() -> None:
    missing = "ImportError('x.so: cannot open shared object file')"
    code = f"found = [lack_of_memory({missing}), lack_of_memory(MemoryError()).message]"
    assert in_a_process(code) == [None, "not enough memory"]
