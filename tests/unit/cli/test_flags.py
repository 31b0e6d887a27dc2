"""Flags that several commands share."""

from __future__ import annotations

import pytest

from helios.cli.executor import dask
from helios.cli.flags import check_port
from helios.cli.options import read_flags
from helios.cli.serve import command as serve
from helios.errors import OptionError


def test_a_port_is_one_that_there_is() -> None:
    check_port(0)
    check_port(65_535)
    for port in (-1, 65_536, 99_999):
        for ask in (check_port, lambda port: serve(port=port), lambda port: dask("up", port=port)):
            with pytest.raises(OptionError, match="is no port"):
                ask(port)


def test_a_platform_stands_for_its_export_type() -> None:
    assert read_flags({"type": "TikTok", "width": None}).type == "flat-1080p-portrait"
    assert read_flags({"type": "360-mono-4k"}).type == "360-mono-4k"


def test_a_cluster_has_workers() -> None:
    with pytest.raises(OptionError, match="--workers must be 1 or more, not 0"):
        dask("up", workers=0)


def test_a_database_has_an_address() -> None:
    with pytest.raises(OptionError, match="--database is no address") as caught:
        serve(database="nonsense")
    assert "postgresql://" in caught.value.hint
