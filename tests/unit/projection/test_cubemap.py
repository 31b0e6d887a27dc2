from __future__ import annotations

import math
from collections.abc import Callable

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from helios.errors import OptionError
from helios.projection.cubemap import (
    FACES,
    CubemapCapture,
    Face,
    FaceCamera,
    face_axes,
    face_rays,
    face_size_for,
)
from helios.projection.equirect import (
    EquirectangularConverter,
    cut_perspective,
    locate_on_faces,
    ws_psnr,
)
from helios.projection.rays import equirect_rays

Floats = NDArray[np.float64]
Scene = Callable[[Floats], Floats]
COLOURS = {
    Face.RIGHT: (255, 0, 0),
    Face.LEFT: (0, 255, 255),
    Face.UP: (255, 255, 255),
    Face.DOWN: (40, 40, 40),
    Face.FRONT: (0, 255, 0),
    Face.BACK: (255, 0, 255),
}
WHERE = {
    Face.FRONT: (0.5, 0.5),
    Face.RIGHT: (0.75, 0.5),
    Face.LEFT: (0.25, 0.5),
    Face.BACK: (0.0, 0.5),
    Face.UP: (0.3, 0.0),
    Face.DOWN: (0.9, 0.999),
}


def graph_v360(frame: av.VideoFrame, options: str) -> Floats:
    """FFmpeg's own projection of a picture."""
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base="1/30"
    )
    v360, sink = graph.add("v360", options), graph.add("buffersink")
    source.link_to(v360)
    v360.link_to(sink)
    graph.configure()
    graph.push(frame)
    return graph.pull().to_ndarray(format="rgb24").astype(np.float64)


def smooth_colours(rays: Floats) -> NDArray[np.uint8]:
    """A picture without symmetry: no turned or mirrored face can go unnoticed."""
    x, y, z = rays[..., 0], rays[..., 1], rays[..., 2]
    red = np.sin(3 * x + 1) + 0.6 * np.sin(4 * y)
    green = np.sin(2 * y + 4 * z) + 0.5 * x
    blue = np.cos(3 * z - 2 * x + y)
    return np.clip(127 + 75 * np.stack((red, green, blue), axis=-1), 0, 255).astype(np.uint8)


def capture(size: int, overscan: int, scene: Callable[[Floats], NDArray]) -> NDArray:
    return np.stack([scene(face_rays(face, size, overscan=overscan)) for face in FACES])


def test_six_labelled_faces_are_where_the_standard_says() -> None:
    cube = CubemapCapture(32)
    faces = cube.capture(
        lambda camera: np.full((camera.size, camera.size, 3), COLOURS[camera.face], np.uint8)
    )
    picture = EquirectangularConverter(32, 200, 100).convert(faces)
    for face, (column, row) in WHERE.items():
        assert tuple(picture[int(row * 100), int(column * 200)]) == COLOURS[face], face


def test_the_conversion_agrees_with_another_program() -> None:
    size = 128
    faces = capture(size, 0, smooth_colours)
    layout = np.concatenate([np.concatenate(faces[:3], axis=1), np.concatenate(faces[3:], axis=1)])
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(layout), format="rgb24")
    frame = frame.reformat(format="gbrp")
    other = graph_v360(frame, "input=c3x2:output=e:interp=cubic:w=512:h=256")
    ours = EquirectangularConverter(size, 512, 256, overscan=0).convert(faces).astype(np.float64)
    assert ws_psnr(ours, other, peak=255) > 45
    truth = smooth_colours(equirect_rays(512, 256)).astype(np.float64)
    assert ws_psnr(ours, truth, peak=255) > 48


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (135, 0), (-60, 35), (180, -20)])
def test_flat_views_agree_with_another_program(yaw: int, pitch: int) -> None:
    picture = smooth_colours(equirect_rays(512, 256))
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="gbrp")
    options = f"input=e:output=flat:yaw={yaw}:pitch={pitch}:h_fov=90:v_fov=90:w=160:h=160"
    other = graph_v360(frame, options)
    ours = cut_perspective(picture, 160, 160, fov_deg=90, yaw_deg=yaw, pitch_deg=pitch)
    assert ws_psnr(ours.astype(np.float64), other, peak=255) > 40
    mirrored = ws_psnr(ours[:, ::-1].astype(np.float64), other, peak=255)
    assert mirrored < 25, "the picture tells left from right"


def test_cameras_look_through_their_faces() -> None:
    for camera in CubemapCapture(64, position=(1.0, 2.0, 3.0), overscan=4).cameras:
        _, _, forward = face_axes(camera.face)
        point = np.append(np.array([1.0, 2.0, 3.0]) + 10 * forward, 1)
        seen = camera.view_matrix() @ point
        assert np.allclose(seen[:3], [0, 0, -10])
        clip = camera.projection_matrix() @ seen
        assert abs(clip[2] / clip[3]) < 1
        assert camera.size == 72
        assert camera.fov == pytest.approx(2 * math.atan(72 / 64))
        _check_rays_match_matrices(camera)


def _check_rays_match_matrices(camera: FaceCamera) -> None:
    ray = face_rays(camera.face, 64, overscan=4)[10, 50]
    clip = camera.projection_matrix() @ camera.view_matrix() @ np.append([1, 2, 3] + 5 * ray, 1)
    column = (clip[0] / clip[3] + 1) / 2 * camera.size - 0.5
    row = (1 - clip[1] / clip[3]) / 2 * camera.size - 0.5
    assert (column, row) == (pytest.approx(50), pytest.approx(10))


def test_face_sizes_keep_what_is_ahead_sharp() -> None:
    assert [face_size_for(width) for width in (4096, 6144, 8192)] == [1312, 1968, 2608]


def test_one_ray_a_pixel_and_four_are_as_good_as_promised(
    scene: Scene, scene_width: int, reference: Floats, sample: Callable[..., Floats]
) -> None:
    assert ws_psnr(sample(scene, scene_width, 1), reference) >= 43
    assert ws_psnr(sample(scene, scene_width, 2), reference) >= 55


def test_cubemaps_of_the_right_size_are_as_good_as_promised(
    scene: Scene, scene_width: int, reference: Floats
) -> None:
    quality = {}
    for size in (scene_width // 4, face_size_for(scene_width)):

        def supersampled(rays: Floats) -> Floats:
            value = scene(rays)
            side = value.shape[0] // 4
            return value.reshape(side, 4, side, 4).mean(axis=(1, 3))[..., None]

        faces = np.stack([supersampled(face_rays(face, size * 4, overscan=12)) for face in FACES])
        picture = EquirectangularConverter(size, scene_width, scene_width // 2).convert(faces)
        quality[size] = ws_psnr(picture[..., 0], reference)
    assert quality[face_size_for(scene_width)] >= 45
    assert quality[scene_width // 4] < quality[face_size_for(scene_width)] - 4


@pytest.mark.parametrize("overscan", [0, 3])
def test_no_seam_shows_where_faces_meet(overscan: int) -> None:
    def gentle(rays: Floats) -> Floats:
        return (np.cos(rays @ np.array([20.0, 13, 31])) + np.sin(rays @ np.array([9.0, 40, 5])))[
            ..., None
        ]

    size, width, height = 176, 512, 256
    faces = capture(size, overscan, gentle)
    picture = EquirectangularConverter(size, width, height, overscan=overscan).convert(faces)
    error = picture[..., 0] - gentle(equirect_rays(width, height))[..., 0]
    number, _, _ = locate_on_faces(equirect_rays(width, height))
    for axis in (0, 1):
        steps, crossing = np.abs(np.diff(error, axis=axis)), np.diff(number, axis=axis) != 0
        assert crossing.any()
        limit = 1.0 if overscan else 3.0
        assert steps[crossing].max() <= limit * max(steps[~crossing].max(), 1e-4)
        drawn = np.abs(np.diff(picture[..., 0], axis=axis))
        assert drawn[crossing].max() <= drawn[~crossing].max()


def test_a_constant_cube_is_a_constant_equirect() -> None:
    faces = np.full((6, 22, 22, 4), 173, np.uint8)
    out = np.empty((32, 64, 4), np.uint8)
    assert EquirectangularConverter(16, 64, 32).convert(faces, out) is out
    assert np.all(out == 173)


def test_wrong_faces_are_refused() -> None:
    with pytest.raises(ValueError, match=r"faces must be \(6, 22, 22, channels\)"):
        EquirectangularConverter(16, 64, 32).convert(np.zeros((6, 16, 16, 3), np.uint8))
    with pytest.raises(ValueError, match="overscan"):
        EquirectangularConverter(16, 64, 32, overscan=1)
    with pytest.raises(ValueError, match="face right is 4x4, not 22x22"):
        CubemapCapture(16).capture(lambda _: np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(OptionError):
        CubemapCapture(16, near=5, far=1)
