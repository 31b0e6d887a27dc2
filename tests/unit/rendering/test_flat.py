"""Flat exports are flat."""

from __future__ import annotations

import pytest

from helios.errors import OptionError
from helios.rendering.flat import FlatExporter


def test_a_type_that_is_not_flat_is_refused() -> None:
    with pytest.raises(OptionError, match="360-mono-4k"):
        FlatExporter().export({"composition": "etherealFlame", "type": "360-mono-4k"})


def test_a_flat_type_goes_to_the_pipeline() -> None:
    asked = []

    class Pipeline:
        def export(self, config: object, *_: object) -> str:
            asked.append(config)
            return "result"

    exporter = FlatExporter(Pipeline())  # type: ignore[arg-type]  # a stand-in
    assert exporter.export({"composition": "etherealFlame", "type": "shorts"}) == "result"
    assert len(asked) == 1
