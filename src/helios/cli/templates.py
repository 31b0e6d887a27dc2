"""``helios templates``: the scenes there are, what they are made of, and one of your own."""

from __future__ import annotations

import json as json_module
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from helios.cli.flags import Json, QuietAlready, QuietFindings
from helios.errors import CompositionNotFound, OptionError, OutputNotWritable

if TYPE_CHECKING:
    from helios.agents.reports import TemplateKind
    from helios.rendering.combined import Combination
    from helios.scene.template import Template
    from helios.shader.gallery import ShippedShader


def list_(
    *,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Name the templates Helios brings.

    Example: helios templates list
    """
    from helios.rendering.combined import combinations
    from helios.scene.library import load_template, template_names
    from helios.shader.gallery import shipped_shaders

    groups: dict[TemplateKind, Sequence[Template | ShippedShader | Combination]] = {
        "scene": [load_template(name) for name in template_names()],
        "shader": shipped_shaders(),
        "combination": combinations(),
    }
    if json:
        from helios.agents.reports import NAMES, Named

        rows = tuple(
            Named(name=t.name, title=t.title, kind=kind, description=t.description)
            for kind, found in groups.items()
            for t in found
        )
        print(NAMES.dump_json(rows).decode())
    else:
        width = max(len(t.name) for found in groups.values() for t in found)
        for kind, found in groups.items():
            print(f"{kind}s:")
            for t in found:
                print(f"  {t.name:<{width}}  {t.description}")
    return 0


def show(
    name: str,
    /,
    *,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Print a template or a combination as JSON (a name, a file, or a file with #NAME for one of
    several), or the text of a shader.

    Examples: helios templates show etherealFlame > mine.json

    helios templates show voxelCity > mine.frag

    Parameters
    ----------
    name
        template
    json
        a shader too, as JSON
    """
    from helios.rendering.combined import find_combination
    from helios.rendering.find import known_names
    from helios.scene.library import load_template
    from helios.scene.presets import suggestion
    from helios.shader.gallery import find_shipped

    if (shader := find_shipped(name)) is not None:
        text = shader.file.read_text(encoding="utf-8")
        if json:
            from helios.agents.reports import ShaderText

            title, description = shader.title, shader.description
            told = ShaderText(name=shader.name, title=title, description=description, text=text)
            print(told.model_dump_json(indent=1))
        else:
            print(text, end="")
        return 0
    found: Combination | Template | None = find_combination(name)
    try:
        found = found or load_template(name)
    except CompositionNotFound as error:
        raise CompositionNotFound(error.message, hint=suggestion(name, known_names())) from None
    print(_text(found.model_dump(by_alias=True, exclude_defaults=True, mode="json")))
    return 0


def new(
    output: Path,
    /,
    *,
    like: Annotated[str, Parameter(name="--from", help="the template to start from")] = (
        "etherealFlame"
    ),
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Write a template file to change.

    Example: helios templates new mine.json --from silkTides

    Parameters
    ----------
    output
        the file, which must not exist yet
    """
    from helios.scene.library import load_template

    content = load_template(like).model_dump(by_alias=True, exclude_defaults=True, mode="json")
    content = {"version": 1, **content, "name": output.stem}
    if output.suffix != ".json":
        raise OptionError(f"{output.name} must end in .json")
    try:
        with output.open("x", encoding="utf-8") as stream:
            stream.write(_text(content) + "\n")
    except FileExistsError:
        raise OptionError(f"{output} exists already", hint="Choose another name.") from None
    except OSError as error:
        raise OutputNotWritable(f"cannot write {output}: {error.strerror}") from error
    if json:
        from helios.agents.reports import FilesReport

        print(FilesReport(files=(str(output),)).model_dump_json(indent=1))
    else:
        print(f"{output}: change it, then: helios preview {output} --at 0")
    return 0


def sheet(
    name: str,
    /,
    *,
    audio: Annotated[Path, Parameter(help="the song")],
    against: Annotated[
        Path | None, Parameter(help="another song, whose film should look different")
    ] = None,
    width: Annotated[int, Parameter(help="pixels of each moment")] = 320,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="the image: .png, .jpg or .webp")
    ] = Path("sheet.png"),
    json: Annotated[bool, Parameter(negative="", help="measures as JSON")] = False,
    quiet: QuietFindings = False,
) -> int:
    """Draw 24 moments of a film of a song, and measure whether the film lives.

    Example: helios templates sheet silkTides --audio song.mp3 --against other.mp3 -o sheet.jpg

    Parameters
    ----------
    name
        template, or whatever else draws and hears a song
    """
    from helios.audio.analyzer import PreAnalyzer
    from helios.cli.display import REPLACED
    from helios.rendering.find import find_composition
    from helios.rendering.living import FPS, compare_films, draw_moments, look_at_film
    from helios.rendering.stills import check_image, write_image

    if not 32 <= width <= 1920:
        raise OptionError(f"--width must lie between 32 and 1920, not {width}")
    check_image(output, transparent=False)
    composition = find_composition(name, Path.cwd())
    hearing = PreAnalyzer(fps=FPS)
    looked = look_at_film(composition, audio, hearing.analyze(audio))
    measures = list(looked.measures)
    if against is not None:
        other = look_at_film(composition, against, hearing.analyze(against))
        measures.append(compare_films(looked, other))
    replaced = write_image(output, draw_moments(composition, audio, width - width % 2))
    if json:
        from helios.agents.reports import MEASURES, MeasureWords

        rows = (
            MeasureWords(name=m.name, value=m.value, limit=m.limit, passes=m.passes)
            for m in measures
        )
        print(MEASURES.dump_json(tuple(rows)).decode())
        return 0
    for m in measures:
        if quiet and m.passes:
            continue
        value = "-" if m.value is None else f"{m.value:.2f}"
        print(
            f"{m.name:18}{value:>8}  {'>=' if m.at_least else '<='} {m.limit:g}"
            f"{'' if m.passes else '  not passed'}"
        )
    passed = f"{sum(m.passes for m in measures)} of {len(measures)} measures passed"
    print(f"{output}: {passed}{REPLACED if replaced else ''}")
    return 0


def _text(content: object) -> str:
    return json_module.dumps(content, ensure_ascii=False, indent=2)
