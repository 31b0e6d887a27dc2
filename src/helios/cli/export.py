"""``helios render`` with a configuration file, several types or a pack: films by the pipeline."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios.cli.display import Display
from helios.cli.signals import Interruption
from helios.errors import Cancelled, OptionError
from helios.executors.engine import Engine
from helios.files.documents import as_object, read_json
from helios.model.export import (
    PLATFORMS,
    ExportConfig,
    ExportRequest,
    film_name,
    subject,
    type_of_flag,
    with_own_names,
)
from helios.model.options import RenderOptions
from helios.scene.upstream import config_request, is_render_config
from helios.version import __version__

if TYPE_CHECKING:
    from helios.rendering.pipeline import ExportPipeline, ExportResult


_CONFIG = (
    'A configuration is JSON: {"composition": "page.html", "type": "shorts"}. '
    "What it may hold: helios schema config"
)


def read_config(path: Path | None) -> dict[str, Any]:
    """A configuration file, with its sounds and composition found from where it lies.

    A render config of Ethereal Flame Studio ("version": "1.0") is one, too.

    Raises:
        OptionError: it cannot be read.
    """
    if path is None:
        return {}
    what = f"--config {path}"
    values = as_object(read_json(path, what, step=_CONFIG), what)
    if is_render_config(values):
        values = {**config_request(values), "composition": str(path.absolute())}
    values = with_own_names(values)
    for key in ("audio", "composition"):
        if isinstance(value := values.get(key), str):
            values[key] = _beside(path, value)
    if "stem" in values:
        stems = RenderOptions.read({"stem": values["stem"]}).stem
        values["stem"] = [f"{stem.name}={_beside(path, stem.file)}" for stem in stems]
    return values


def _beside(config: Path, name: str) -> str:
    """A file that a configuration names, if it lies there."""
    file = config.parent / name
    return str(file.absolute()) if file.exists() else name


def names_config(text: str | None) -> bool:
    """Whether INPUT is a render config rather than something that draws."""
    path = Path(text) if text else None
    if path is None or path.suffix.lower() != ".json" or not path.is_file():
        return False
    try:
        return is_render_config(read_json(path, text or ""))
    except OptionError:
        return False


def wants_pipeline(
    config: Path | None, types: list[str] | None, pack: str | None, naming: str | None
) -> bool:
    """Whether more is asked for than one film of one type.

    Raises:
        UnknownFormatError: a type is none.
    """
    named = [type_of_flag(name) for name in types or ()]
    several = len(named) > 1 or any(name in PLATFORMS for name in named)
    return bool(config or several or pack or naming)


def read_request(
    config: Path | None,
    options: RenderOptions,
    *,
    composition: str | None,
    types: list[str] | None,
    pack: str | None,
    output: Path | None,
    naming: str | None,
) -> ExportRequest:
    """The films that are asked for; flags win over the file.

    Raises:
        OptionError: they cannot be made.
    """
    values = read_config(config)
    given = options.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    said = (("composition", composition), ("type", types), ("naming", naming))
    given |= {name: value for name, value in said if value}
    if "type" in given or pack:
        for name in ("type", "types", "pack"):
            values.pop(name, None)
    values |= given | ({"pack": pack} if pack else {})
    request = ExportRequest.read(values)
    if output is None:
        return request
    if not output.suffix and (len(request.configs) > 1 or output.is_dir()):
        placed = tuple(_placed(config, output) for config in request.configs)
        return request.model_copy(update={"configs": placed})
    return ExportRequest.read(values | {"output": str(output)})


def _placed(config: ExportConfig, folder: Path) -> ExportConfig:
    if config.naming == "dated":
        name = Path(config.output or f"{subject(config)}.mp4").name
    else:
        name = film_name(config, "")
    return config.model_copy(update={"output": str(folder / name)})


def make_films(request: ExportRequest, display: Display, engine: Engine | None = None) -> None:
    """Make them one after the other, and say what came of each.

    Raises:
        HeliosError: one cannot be made; those before it are there.
        Cancelled: interrupted.
    """
    from helios.rendering.note import forget_note
    from helios.rendering.orchestrator import RenderOrchestrator
    from helios.rendering.pipeline import ExportPipeline

    pipeline = ExportPipeline(
        render=partial(RenderOrchestrator.render, engine=engine, on_worker=display.worker)
    )
    for config in request.configs:
        forget_note(make_film(config, pipeline, display).output_path)


def _as_typed(film: Path, config: ExportConfig) -> Path:
    """Where the film is, from the current folder unless an absolute name was given."""
    is_absolute = Path(config.output or "").is_absolute()
    here = Path.cwd()
    return film.relative_to(here) if not is_absolute and film.is_relative_to(here) else film


def make_film(config: ExportConfig, pipeline: ExportPipeline, display: Display) -> ExportResult:
    """Make one film, and say what came of it; its note stays beside it.

    Raises:
        HeliosError: it cannot be made.
        Cancelled: interrupted.
    """
    from helios.rendering.cancellation import Cancellation

    is_there, cancellation = pipeline.output_path(config).is_file(), Cancellation()
    try:
        with Interruption(cancellation):
            result = pipeline.export(config, display.progress, cancellation, keep_chunks=True)
    except (KeyboardInterrupt, Cancelled):
        raise Cancelled(hint="Run the same command again: finished chunks are kept.") from None
    display.made(
        _as_typed(result.output_path, config),
        frames=result.frame_count,
        seconds=result.seconds,
        duration_s=result.duration,
        replaced=is_there and bool(result.rendered_chunks),
        rendered_chunks=result.rendered_chunks,
        type=config.type,
        version=__version__,
    )
    return result
