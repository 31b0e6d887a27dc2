"""What a shader says of itself, from one file or several."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios.errors import ShaderError
from helios.shader.glsl import HEARD, source_of
from helios.shader.page import page_of
from helios.shader.program import Channel, Parameter, Shader
from helios.shader.read import assemble, read_shader
from helios.shader.wgsl import wgsl_of

MAIN = "void mainImage(out vec4 c, in vec2 p) { c = vec4(1); }\n"


def read(**files: str) -> Shader:
    """The program ``a.frag`` among files whose dots are written as ``__``."""
    texts = {name.replace("__", "."): text for name, text in files.items()}
    return assemble("a.frag", texts.__getitem__, list(texts))


def test_one_pass_is_the_picture() -> None:
    shader = read(a__frag=MAIN)
    assert [each.name for each in shader.passes] == ["image"]
    assert shader.passes[0].channels == (None,) * 4
    assert shader.stateful_buffers == ()
    assert shader.files == ("a.frag",)


def test_sections_of_a_file_are_passes_and_what_stands_before_them_is_common() -> None:
    shader = read(
        a__frag="float half_ = 0.5;\n// helios: pass image\n// helios: iChannel1 = bufferB\n"
        + MAIN
        + "// helios: pass bufferB\n"
        + MAIN
    )
    buffer, image = shader.passes
    assert (buffer.name, image.name) == ("bufferB", "image")
    assert [(part.first_line, part.file) for part in image.parts] == [(1, "a.frag"), (2, "a.frag")]
    assert [part.first_line for part in buffer.parts] == [1, 5]
    assert image.channels[1] == Channel(kind="bufferB")
    assert buffer.channels[1] is None


def test_passes_and_pictures_may_lie_beside_the_file_or_be_named() -> None:
    shader = read(
        a__frag="// helios: bufferC = deep.glsl\n// helios: common = all.glsl\n" + MAIN,
        a__bufferA__frag="// helios: iChannel0 = bufferA\n" + MAIN,
        deep__glsl=MAIN,
        all__glsl="float x;\n",
        a__iChannel2__png="",
        b__bufferB__frag=MAIN,
        b__iChannel1__png="",
    )
    assert [each.name for each in shader.passes] == ["bufferA", "bufferC", "image"]
    assert sorted(shader.files) == ["a.bufferA.frag", "a.frag", "all.glsl", "deep.glsl"]
    assert all(each.parts[0].file == "all.glsl" for each in shader.passes)
    picture = shader.passes[-1].channels[2]
    assert picture == Channel(
        kind="image", file="a.iChannel2.png", filter="mipmap", wrap="repeat", flip=True
    )
    assert shader.passes[0].channels[2] is None, "only the picture has it"
    assert shader.passes[-1].channels[1] is None, "that is another shader's"
    assert shader.stateful_buffers == ("bufferA",)


@pytest.mark.parametrize(
    ("reader", "read_", "keeps"),
    [
        ("bufferA", "bufferA", True),
        ("bufferA", "bufferB", True),
        ("bufferB", "bufferA", False),
        ("bufferD", "bufferC", False),
        ("bufferC", "bufferD", True),
        ("image", "bufferA", False),
    ],
)
def test_a_buffer_keeps_state_if_it_reads_one_that_is_drawn_later(
    reader: str, read_: str, keeps: bool
) -> None:
    files = {f"a__{name}__frag": MAIN for name in {reader, read_} - {"image"}}
    files["a__frag"] = MAIN
    own = "a__frag" if reader == "image" else f"a__{reader}__frag"
    files[own] = f"// helios: iChannel2 = {read_}\n" + MAIN
    assert bool(read(**files).stateful_buffers) is keeps


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        (
            "float speed = 1.5 [0, 4] How fast",
            Parameter(name="speed", type="float", default=1.5, low=0, high=4, label="How fast"),
        ),
        ("int n = 3 [1,9]", Parameter(name="n", type="int", default=3, low=1, high=9)),
        ("bool on = true", Parameter(name="on", type="bool", default=True)),
        (
            "color tint = #FF8800 Colour",
            Parameter(name="tint", type="color", default="#ff8800", label="Colour"),
        ),
        (
            "vec3 at = (0, -1, 2.5) [-5, 5]",
            Parameter(name="at", type="vec3", default=(0, -1, 2.5), low=-5, high=5),
        ),
    ],
)
def test_parameters_are_declared_in_comments(text: str, parameter: Parameter) -> None:
    shader = read(
        a__frag=f"  //helios: {text}  \n" + MAIN.replace("vec4(1)", f"vec4({parameter.name})")
    )
    assert shader.parameters == (parameter,)
    source = source_of(shader.passes[0], shader.parameters)
    kind = "vec3" if parameter.type == "color" else parameter.type
    assert f"uniform {kind} {parameter.name};" in source


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n// helios: pas bufferA\n" + MAIN, "a.frag:2: nothing is known of 'pas bufferA'"),
        ("// helios: float x = one\n" + MAIN, "a.frag:1: 'one' is no number"),
        ("// helios: float x = 5 [0, 1]\n" + MAIN, "a.frag:1: x = 5 is not from 0 to 1"),
        ("// helios: float x = nan\n" + MAIN, "a.frag:1: 'nan' is no number"),
        ("// helios: int n = 1.5\n" + MAIN, "a.frag:1: an int is a whole number, not '1.5'"),
        ("// helios: bool b = 1\n" + MAIN, "a.frag:1: a bool is true or false, not '1'"),
        ("// helios: color c = red\n" + MAIN, "a.frag:1: a color is written #rrggbb, not 'red'"),
        (
            "// helios: vec2 v = (1)\n" + MAIN,
            "a.frag:1: a vec2 is 2 numbers in brackets, not '(1)'",
        ),
        ("// helios: iChannel0 = cat.txt\n" + MAIN, "a.frag:1: 'cat.txt' is no picture"),
        (
            "// helios: iChannel0 = cat.png, blurry\n" + MAIN,
            "a.frag:1: nothing is known of 'blurry'",
        ),
        (
            "// helios: iChannel0 = bufferC\n" + MAIN,
            "a.frag: iChannel0 shows bufferC, which is not there",
        ),
        ("void main() {}\n", "a.frag: the pass image has no mainImage"),
        ("// void mainImage() is what is missing\n", "a.frag: the pass image has no mainImage"),
        (
            "// helios: pass image\n" + MAIN + "// helios: pass image\n" + MAIN,
            "a.frag:3: there is a pass image already",
        ),
        (
            "// helios: float x = 1\n// helios: float x = 2\n" + MAIN,
            "a.frag:2: x is declared twice",
        ),
    ],
)
def test_what_a_shader_says_wrongly_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ShaderError) as raised:
        read(a__frag=text)
    assert raised.value.message.startswith(message)
    assert raised.value.exit_code == 2


def test_lines_keep_their_numbers() -> None:
    shader = read(
        a__frag="#version 300 es\r\n#extension GL_OES_x : enable\n" + MAIN,
        a__common__glsl="float x;\n",
    )
    source = source_of(shader.passes[0], ())
    assert "#line 1 1\nfloat x;" in source
    assert "#line 1 2\n\n\nvoid mainImage" in source
    assert source.count("#version") == 1
    assert source.startswith("#version 300 es\n")


def test_only_what_is_read_and_not_declared_is_declared() -> None:
    text = "uniform float iTime;\nuniform sampler2D iChannel1;\n" + MAIN.replace(
        "1", "iTime + iBands[2]"
    )
    source = source_of(read(a__frag=text).passes[0], ())
    assert source.count("iTime;") == 1
    assert source.count("sampler2D iChannel1;") == 1
    assert "uniform float iBands[8];" in source
    assert "iBeatPhase" not in source


def test_names_of_elsewhere_are_left_to_it() -> None:
    text = "float iBass = 2.0;\nfloat iWidth(int iBar) { return iMid; }\n#define iHigh 3.0\n"
    source = source_of(read(a__frag=text + MAIN).passes[0], ())
    assert [name for name in HEARD if f"uniform float {name};" in source] == ["iMid"]


def test_a_page_reads_the_song_only_if_its_shader_does() -> None:
    assert b"iBassTime" not in page_of(read(a__frag=MAIN))
    assert b"iBassTime" in page_of(read(a__frag=MAIN.replace("1", "iBass")))
    heard = page_of(read(a__frag="// helios: iChannel0 = sound\n" + MAIN))
    assert b".helios/sound" in heard


def test_nothing_in_a_shader_ends_the_page_it_is_in() -> None:
    page = page_of(read(a__frag=MAIN + "// </script><script>alert(1)\n"))
    assert page.count(b"</script>") == 1


def test_files_are_read_from_the_shader_s_folder_alone(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.glsl").write_text(MAIN)
    for address in ("../secret.glsl", str(tmp_path / "secret.glsl")):
        (inside / "a.frag").write_text(f"// helios: common = {address}\n" + MAIN)
        with pytest.raises(ShaderError, match="is not in the folder of the shader"):
            read_shader(inside / "a.frag")
    (inside / "a.frag").write_text("// helios: common = none.glsl\n" + MAIN)
    with pytest.raises(ShaderError, match=r"cannot read shader none\.glsl: No such file"):
        read_shader(inside / "a.frag")
    (inside / "a.frag").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ShaderError):
        read_shader(inside / "a.frag")


def test_wgsl_keeps_its_lines_and_gets_what_it_reads() -> None:
    text = (
        "// helios: vec3 at = (1, 2, 3)\n"
        "const iBass = 0.5;\n"
        "fn mainImage(p: vec2f) -> vec4f { return vec4f(at * iTime * iBass, iBands[3]); }\n"
    )
    shader = assemble("a.wgsl", {"a.wgsl": text}.__getitem__, ["a.wgsl", "a.bufferA.frag"])
    assert shader.is_wgsl
    assert len(shader.passes) == 1
    made = wgsl_of(shader.passes[0], shader.parameters)
    assert made.text.startswith(text)
    assert made.lines == 4
    assert dict(made.places) == {"iTime": 1, "iBands": 2, "at": 4}
    assert made.slots == 5
    assert "var<private> iBands: array<f32, 8>;" in made.text
    assert b"helios_values" in page_of(shader)
    for said in ("iChannel0 = sound", "pass bufferA", "common = all.glsl"):
        files = {"a.wgsl": f"// helios: {said}\n{text}", "all.glsl": "float x;\n"}
        with pytest.raises(ShaderError):
            assemble("a.wgsl", files.__getitem__, list(files))
