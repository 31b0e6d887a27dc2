"""What a chunk needs: read from what users write, and fitted into what machines offer."""

from __future__ import annotations

import pytest

from helios.errors import OptionError
from helios.planning.needs import ChunkNeeds


def test_what_is_left_out_does_not_matter() -> None:
    assert ChunkNeeds.read(None) == ChunkNeeds()
    needs = ChunkNeeds.read("gpu=0.5, memory=1.5GiB")
    assert (needs.cpu, needs.memory_bytes, needs.gpu) == (None, 3 << 29, 0.5)
    assert dict(needs.named) == {"MEMORY": 3 << 29, "GPU": 0.5}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gpu",
        *(f"gpu={amount}" for amount in ("", "0", "-1", "nan", "inf")),
        *(f"memory={amount}" for amount in ("8", "8XB", "GB", "0GB")),
        "cpu=1,cpu=2",
        "cpu=2,,gpu=1",
        "disk=1GB",
    ],
)
def test_what_cannot_be_read_is_said_with_the_form(text: str) -> None:
    with pytest.raises(OptionError, match="--needs") as caught:
        ChunkNeeds.read(text)
    assert "cpu=2,memory=8GB,gpu=1" in caught.value.hint


def test_as_many_fit_as_the_scarcest_allows() -> None:
    needs = ChunkNeeds.read("cpu=2,gpu=0.5")
    assert needs.fit({"CPU": 16, "GPU": 2}) == 4
    assert needs.fit({"CPU": 16}) == 0
    assert ChunkNeeds().fit({"CPU": 16}) is None
