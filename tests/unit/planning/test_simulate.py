"""The model of a farm: what is certain about it, whatever the numbers are."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helios.planning.simulate import Costs, as_svg, duration, enough, estimate, expected, simulated

COSTS = Costs(start_s=5, frame_s=0.1, chunk_s=0.5, frame_bytes=20_000, link_bytes_per_s=1e7)


def test_one_machine_takes_what_its_frames_and_chunks_take() -> None:
    found = estimate(COSTS, frames=1000, chunk_frames=100, machines=1)
    film = 1000 * 20_000
    drawing = 5 + 1000 * 0.1 + 10 * 0.5 + film / 1e7
    assert found.seconds == pytest.approx(drawing + film / 1e7 + film / 1e8)
    assert found.machine_hours == pytest.approx(found.seconds / 3600)


def test_two_machines_draw_half_each_and_one_joins() -> None:
    one, two = (estimate(COSTS, 1000, 100, machines) for machines in (1, 2))
    halved = 500 * (0.1 + 20_000 / 1e7) + 5 * 0.5
    assert one.seconds - two.seconds == pytest.approx(halved)
    assert two.machine_hours - one.machine_hours == pytest.approx(5 / 3600)


def test_the_machine_with_one_chunk_more_decides() -> None:
    even, odd = (estimate(COSTS, frames, 100, 4) for frames in (1200, 1300))
    film = 100 * 20_000 * (1 / 1e7 + 1 / 1e8)
    assert odd.seconds - even.seconds == pytest.approx(100 * (0.1 + 0.002) + 0.5 + film)


def test_a_render_here_has_no_link_and_looks_first() -> None:
    costs = replace(
        COSTS,
        look_s=3,
        finish_s=0.01,
        film_frame_bytes=25_000,
        own_bytes=100,
        worker_bytes=1000,
    )
    one, two = (expected(costs, frames=1000, workers=workers, cores=2) for workers in (1, 2))
    assert one.seconds == pytest.approx(3 + 5 + 1000 * 0.1 + 0.5 + 1000 * 0.01)
    assert two.seconds == pytest.approx(3 + 5 + 500 * 0.1 + 0.5 + 1000 * 0.01)
    assert one.film_bytes == two.film_bytes == 25_000_000
    assert (one.memory_bytes, two.memory_bytes) == (1100, 2100)


def test_more_workers_than_the_cores_can_carry_are_no_faster() -> None:
    costs = replace(COSTS, busy_cores=1.5)
    alone, eight, spared = (
        expected(costs, frames=1000, workers=workers, cores=cores).seconds
        for workers, cores in ((1, 2), (8, 2), (8, 16))
    )
    assert alone == pytest.approx(5 + 1000 * 0.1 + 0.5)
    assert eight == pytest.approx((8 * 5 + 1000 * 0.1 + 8 * 0.5) * 1.5 / 2)
    assert spared == pytest.approx(5 + 125 * 0.1 + 0.5)


def test_what_is_lived_through_limits_how_far_machines_help() -> None:
    pages = replace(COSTS, replay_s=0.02)
    found = simulated(pages, 100_000, 15, [1, 10, 100, 1000])
    assert found[-1].seconds > 100_000 * 0.02 * 0.95
    assert enough(found).machines < 1000


@example(start=0.0, frame=1.0, chunk=0.0, frames=1_000_000)
@given(
    start=st.floats(0, 60),
    frame=st.floats(1e-3, 10),
    chunk=st.floats(0, 5),
    frames=st.integers(1, 1_000_000),
)
def test_more_machines_are_never_slower_when_nothing_is_replayed(
    start: float, frame: float, chunk: float, frames: int
) -> None:
    costs = replace(COSTS, start_s=start, frame_s=frame, chunk_s=chunk)
    found = simulated(costs, frames, 15, [1, 2, 3, 10, 100, 1000])
    for fewer, more in pairwise(found):
        assert more.seconds <= fewer.seconds * 1.35 + 1e-6, "but for the last, uneven round"
        assert more.chunk_frames % 15 == 0
    assert found[-1].seconds <= found[0].seconds + 1e-6
    assert enough(found) in found


def test_the_picture_is_xml_with_the_point_where_more_hardly_helps() -> None:
    found = simulated(COSTS, 10_000, 15, range(1, 1001))
    root = ET.fromstring(as_svg(found, "a < b & c"))
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    best = enough(found)
    assert "a < b & c" in texts
    assert f"{best.machines}: {duration(best.seconds)}" in texts
    (line,) = root.iter("{http://www.w3.org/2000/svg}polyline")
    assert len(line.attrib["points"].split()) == 1000
