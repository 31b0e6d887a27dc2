"""The shaders that come along."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios.model.composition import Composition, CompositionKind
from helios.model.options import RenderOptions
from helios.rendering.combined import combined, find_combination
from helios.rendering.emit import input_name
from helios.rendering.find import find_composition
from helios.scene.library import template_names
from helios.shader.gallery import find_shipped, shipped_shaders
from helios.shader.glsl import HEARD, has_main_vr, names_used
from helios.shader.read import read_shader


def test_names_are_their_own_and_each_says_what_is_seen() -> None:
    names = [each.name for each in shipped_shaders()]
    assert len(names) == 10
    assert not {name.lower() for name in names} & {name.lower() for name in template_names()}
    assert not any(find_combination(name) for name in names)
    for each in shipped_shaders():
        assert each.description.endswith(".")
        assert read_shader(each.file).parameters
        assert len(names_used(read_shader(each.file).text, HEARD)) >= 3
    around = {s.name for s in shipped_shaders() if has_main_vr(read_shader(s.file).passes[-1])}
    assert around >= set(names) - {"liquidFlow"}


def test_all_have_acts() -> None:
    """They read which part of the song it is and whether it is a drop."""
    for each in shipped_shaders():
        heard = {*names_used(read_shader(each.file).text, HEARD)}
        assert "iDrop" in heard, each.name
        assert heard & {"iAct", "iSection"}, each.name


@pytest.mark.parametrize("name", ["voxelCity", "voxel city", "Voxel-City"])
def test_they_are_found_by_name_and_a_file_of_that_name_comes_first(
    tmp_path: Path, name: str
) -> None:
    found = find_composition(name, tmp_path)
    assert (found.kind, Path(found.location).name) == (CompositionKind.PAGE, "voxelCity.frag")
    assert found.root == Path(found.location).parent
    (tmp_path / "voxelCity.frag").write_text("")
    own = find_composition("voxelCity.frag", tmp_path)
    assert own.root == tmp_path


def test_a_job_names_them_so_that_every_machine_finds_them(tmp_path: Path) -> None:
    shader = find_shipped("starWarp")
    assert shader is not None
    assert input_name(shader.composition, tmp_path, None) == "starWarp"
    assert input_name(shader.composition, tmp_path, "http://127.0.0.1/films") == "starWarp"


def test_they_are_named_wherever_a_template_is() -> None:
    named = Composition(kind=CompositionKind.SCENE, location="starWarp")
    found, _ = combined(named, RenderOptions(), Path())
    assert found == find_shipped("starWarp").composition  # type: ignore[union-attr]
    title = Composition(kind=CompositionKind.SCENE, location="visualizer")
    options = RenderOptions.read({"props": {"below": "tunnel"}})
    below, covered = combined(title, options, Path())
    assert Path(below.location).name == "tunnel.frag"
    assert covered.overlay
