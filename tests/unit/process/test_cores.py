"""Processors that may be used: affinity and quotas of control groups."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helios.process.cores import available_cores


@pytest.fixture(autouse=True)
def sixteen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)


def cores(tmp_path: Path, own: str, files: dict[str, str]) -> int:
    groups = tmp_path / "cgroup"
    own_groups = tmp_path / "own"
    own_groups.write_text(own)
    for name, text in files.items():
        path = groups / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return available_cores(groups, own_groups)


def test_without_a_quota_the_affinity_counts(tmp_path: Path) -> None:
    assert cores(tmp_path, "0::/\n", {"cpu.max": "max 100000\n"}) == 16
    assert cores(tmp_path, "", {}) == 16


@pytest.mark.parametrize(("quota", "count"), [("250000", 3), ("100000", 1), ("10000", 1)])
def test_a_quota_is_rounded_up(tmp_path: Path, quota: str, count: int) -> None:
    assert cores(tmp_path, "0::/\n", {"cpu.max": f"{quota} 100000\n"}) == count


def test_the_smallest_quota_of_all_groups_counts(tmp_path: Path) -> None:
    files = {"a/cpu.max": "400000 100000\n", "a/b/cpu.max": "max 100000\n"}
    assert cores(tmp_path, "0::/a/b\n", files) == 4


def test_version_1_counts_too(tmp_path: Path) -> None:
    files = {"cpu/x/cpu.cfs_quota_us": "200000\n", "cpu/x/cpu.cfs_period_us": "100000\n"}
    assert cores(tmp_path, "4:cpu,cpuacct:/x\n", files) == 2
    files["cpu/x/cpu.cfs_quota_us"] = "-1\n"
    assert cores(tmp_path, "4:cpu,cpuacct:/x\n", files) == 16
