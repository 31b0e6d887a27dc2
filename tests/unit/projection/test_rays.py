from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios.projection.rays import (
    angles,
    directions,
    equirect_angles,
    equirect_pixels,
    equirect_rays,
    fulldome_rays,
    perspective_rays,
    rotation,
)

AHEAD, RIGHT, UP = np.array([0.0, 0, -1]), np.array([1.0, 0, 0]), np.array([0.0, 1, 0])


def test_pixel_centres_are_at_halves() -> None:
    longitude, latitude = equirect_angles(8, 4)
    assert longitude[0] == pytest.approx(-math.pi + math.pi / 8)
    assert latitude[0] == pytest.approx(math.pi / 2 - math.pi / 8)
    assert longitude[3] == pytest.approx(-longitude[4])


@pytest.mark.parametrize(
    ("vector", "column", "row"),
    [
        (AHEAD, 0.5, 0.5),
        (RIGHT, 0.75, 0.5),
        (-RIGHT, 0.25, 0.5),
        (UP + 1e-9 * AHEAD, 0.5, 0.0),
        (-UP + 1e-9 * AHEAD, 0.5, 1.0),
        (-AHEAD + 1e-9 * RIGHT, 1.0, 0.5),
    ],
)
def test_directions_are_where_the_standard_says(
    vector: np.ndarray, column: float, row: float
) -> None:
    found_column, found_row = equirect_pixels(vector, 400, 200)
    assert float(found_column) == pytest.approx(400 * column - 0.5, abs=1e-6)
    assert float(found_row) == pytest.approx(200 * row - 0.5, abs=1e-6)


@given(st.floats(-math.pi, math.pi), st.floats(-1.57, 1.57), st.floats(0.01, 1e6))
def test_angles_undo_directions(longitude: float, latitude: float, length: float) -> None:
    vector = directions(np.float64(longitude), np.float64(latitude)) * length
    back_longitude, back_latitude = angles(vector)
    turn = (float(back_longitude) - longitude + math.pi) % (2 * math.pi) - math.pi
    assert turn * math.cos(latitude) == pytest.approx(0, abs=1e-9)
    assert float(back_latitude) == pytest.approx(latitude, abs=1e-9)


@pytest.mark.parametrize("coverage", [2 * math.pi, math.pi])
def test_pixels_undo_rays(coverage: float) -> None:
    columns, rows = equirect_pixels(
        equirect_rays(64, 32, coverage=coverage), 64, 32, coverage=coverage
    )
    assert np.allclose(columns, np.arange(64)[None, :])
    assert np.allclose(rows, np.arange(32)[:, None])


def test_rotation_turns_right_lifts_up_and_rolls_clockwise() -> None:
    assert np.allclose(rotation(math.pi / 2) @ AHEAD, RIGHT)
    assert np.allclose(rotation(0, math.pi / 2) @ AHEAD, UP)
    assert np.allclose(rotation(0, 0, math.pi / 2) @ RIGHT, -UP)
    matrix = rotation(0.3, -0.4, 1.1)
    assert np.allclose(matrix @ matrix.T, np.eye(3))
    assert np.linalg.det(matrix) == pytest.approx(1)


def test_perspective_rays_span_the_field_of_view() -> None:
    rays = perspective_rays(101, 51, fov=math.radians(90))
    assert np.allclose(rays[25, 50], AHEAD)
    assert rays[25, 100, 0] > 0
    assert rays[0, 50, 1] > 0
    edge = math.degrees(math.atan2(rays[25, 100, 0], -rays[25, 100, 2]))
    assert edge == pytest.approx(math.degrees(math.atan(100 / 101)))
    assert np.allclose(np.linalg.norm(rays, axis=-1), 1)


def test_the_dome_has_its_zenith_in_the_middle_and_ahead_below() -> None:
    rays, inside = fulldome_rays(301)
    assert np.allclose(rays[150, 150], UP)
    assert np.allclose(rays[300, 150], AHEAD, atol=0.01)
    assert np.allclose(rays[150, 300], RIGHT, atol=0.01)
    assert not inside[0, 0]
    assert inside.mean() == pytest.approx(math.pi / 4, abs=0.005)
    away = np.arccos(rays[150, 225, 1])
    assert away == pytest.approx(math.pi / 2 * 150 / 301)
