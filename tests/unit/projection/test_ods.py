from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios.projection.ods import (
    LEFT,
    RIGHT,
    comfort_warning,
    disparity,
    displaced_points,
    eye_radius,
    ods_rays,
    place_points,
)
from helios.projection.rays import angles, directions, equirect_rays

R = 0.032


@given(
    st.floats(-math.pi, math.pi), st.floats(-59, 59), st.floats(0.3, 100), st.sampled_from([-1, 1])
)
def test_the_eyes_ray_goes_through_the_point(
    azimuth: float, elevation_deg: float, distance: float, eye: int
) -> None:
    """The placed direction, started on the viewing circle, meets the point."""
    point = directions(np.float64(azimuth), np.float64(math.radians(elevation_deg))) * distance
    longitude, latitude, along, visible = place_points(point, eye, R)
    assert bool(visible)
    origin = eye * R * np.array([math.cos(float(longitude)), 0, math.sin(float(longitude))])
    end = origin + directions(longitude, latitude) * along
    assert np.allclose(end, point, atol=1e-9 * distance + 1e-12)


@pytest.mark.parametrize("level", [1.0, 2.0, 5.0])
@pytest.mark.parametrize("elevation_deg", [-60, -30, 0, 30, 60])
def test_disparity_is_the_same_all_around(level: float, elevation_deg: float) -> None:
    azimuth = np.radians(np.arange(0, 360, 30.0))
    height = level * math.tan(math.radians(elevation_deg))
    points = np.stack(
        (np.sin(azimuth) * level, np.full(12, height), -np.cos(azimuth) * level), axis=-1
    )
    left, right = (place_points(points, eye, R)[0] for eye in (LEFT, RIGHT))
    turned = (left - right + math.pi) % (2 * math.pi) - math.pi
    assert np.allclose(turned, disparity(level, R))
    assert disparity(level, R) > 0
    pixels = turned * 4096 / (2 * math.pi)
    assert np.allclose(pixels, 2 * math.asin(R / level) * 4096 / (2 * math.pi), atol=1e-6)
    swapped = (right - left + math.pi) % (2 * math.pi) - math.pi
    assert np.all(swapped < 0)


def test_rays_leave_from_the_circle_and_are_tangent_to_it() -> None:
    for eye in (LEFT, RIGHT):
        origins, rays = ods_rays(64, 32, eye, R)
        assert np.allclose(rays, equirect_rays(64, 32))
        assert np.allclose(np.einsum("hwk,hwk->hw", origins, rays), 0)
        level = np.abs(angles(rays)[1]) < math.radians(59)
        assert np.allclose(np.linalg.norm(origins, axis=-1)[level], R)
    ahead = ods_rays(65, 33, RIGHT, R)[0][16, 32]
    assert np.allclose(ahead, [R, 0, 0])


def test_the_poles_are_the_same_for_both_eyes() -> None:
    latitude = np.radians([0, 60, 67.5, 75, 80, 90])
    radii = eye_radius(latitude, R)
    assert np.allclose(radii, [R, R, R * math.cos(math.pi / 4), 0, 0, 0])
    assert np.all(radii[3:] == 0)
    left, right = (ods_rays(32, 64, eye, R)[0] for eye in (LEFT, RIGHT))
    high = np.abs(angles(equirect_rays(32, 64))[1]) > math.radians(75)
    assert np.array_equal(left[high], right[high])
    points = directions(np.linspace(-3, 3, 7), np.full(7, math.radians(80))) * 2
    assert np.allclose(place_points(points, LEFT, R)[0], place_points(points, RIGHT, R)[0])


def test_points_inside_the_circle_are_not_seen() -> None:
    points = np.array([[0.01, 0.0, 0.01], [0.0, 0.0, -1.0]])
    assert place_points(points, LEFT, R)[3].tolist() == [False, True]


def test_displaced_points_are_seen_where_the_eye_sees_them() -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(size=(50, 3)) * 3
    points = points[np.hypot(points[:, 0], points[:, 2]) > 0.2]
    longitude, latitude, _, _ = place_points(points, RIGHT, R)
    moved_longitude, moved_latitude = angles(displaced_points(points, RIGHT, R))
    assert np.allclose(moved_longitude, longitude)
    assert np.allclose(moved_latitude, latitude)
    assert np.allclose(displaced_points(points, RIGHT, R)[:, 1], points[:, 1])


def test_comfort_is_warned_about_below_half_a_metre() -> None:
    assert comfort_warning(0.5) == ""
    assert "0.30 m" in comfort_warning(0.3)
    assert "0.40 m" in comfort_warning(0.8, ipd_m=0.128)
    assert comfort_warning(0.1, ipd_m=0) == ""
