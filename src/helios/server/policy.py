"""What a request may ask for: names of templates and uploads, never a path or code."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from helios.drawing.overlays import overlay_names
from helios.errors import (
    AddressRefused,
    CompositionNotFound,
    NotFetched,
    OptionError,
    UsageError,
)
from helios.files.whole import file_sha256
from helios.model.composition import CompositionKind, name_composition
from helios.model.export import (
    ExportConfig,
    ExportRequest,
    film_name,
    subject,
    with_own_names,
)
from helios.model.hosts import HostRule, place_in
from helios.model.options import props_files
from helios.model.stem import Sound
from helios.queue.job import RenderJob
from helios.remote.addresses import HostPolicy, Resolver, resolve
from helios.rendering.combined import find_combination
from helios.server.gallery import gallery, template_sources
from helios.server.requests import JOB_KEYS
from helios.server.settings import ServerSettings
from helios.server.shapes import Template
from helios.server.sounds import SoundShelf
from helios.server.subtitles import SubtitleShelf
from helios.shader.gallery import find_shipped

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LONGEST_SHOWN = 1000
"""Characters of an option in lists and events; longer ones are shown with their job alone."""


class Policy:
    """Turns what was asked for into what may be done."""

    def __init__(
        self,
        settings: ServerSettings,
        sounds: SoundShelf,
        subtitles: SubtitleShelf,
        resolver: Resolver = resolve,
    ) -> None:
        self._settings = settings
        self._sounds = sounds
        self._subtitles = subtitles
        self._resolver = resolver
        rules = tuple(HostRule.parse(text) for text in settings.allow_hosts)
        self._hosts = HostPolicy(rules=rules, public_hosts=False)

    def read(self, values: dict[str, Any]) -> ExportRequest:
        """The exports a request asks for, with its sounds as files of this server.

        Raises:
            OptionError, UsageError: it asks for what it may not have, or for nonsense.
        """
        if props_files(with_own_names(values)):
            # On the command line "@" reads a file: here it would be one of this server's.
            raise OptionError("props: no file of this server is read", hint="Send a JSON object.")
        request = ExportRequest.read({k: v for k, v in values.items() if k not in JOB_KEYS})
        return ExportRequest(
            configs=tuple(self._allowed(config) for config in request.configs), pack=request.pack
        )

    @property
    def base(self) -> Path:
        """Where relative names of compositions lead."""
        settings = self._settings
        return settings.folder or settings.compositions or settings.data / "previews"

    def digests(self, config: ExportConfig) -> dict[str, str] | None:
        """What tells another server whether it has the same composition of that name."""
        file = self._file_of(config.composition)
        return {"composition": _digest(file)} if file is not None and file.is_file() else None

    def locate(
        self,
        job: RenderJob,
        home: Path,  # noqa: ARG002 - the folder of a job is nothing to it
    ) -> tuple[dict[str, Any], Path]:
        """A job's configuration with its inputs as files of this server.

        Raises:
            UsageError, CompositionNotFound: this server does not have them.
        """
        config = dict(job.config)
        if "audio" in config:
            config["audio"] = [self._found(track) for track in config["audio"]]
        if "reactTo" in config:
            config["reactTo"] = self._found(config["reactTo"])
        if "stem" in config:
            config["stem"] = [self._found(stem) for stem in config["stem"]]
        if config.get("subtitles"):
            config["subtitles"] = str(self._subtitles.path_of(config["subtitles"]))
        name = str(config["composition"])
        file = self._file_of(name)
        wanted = (job.digests or {}).get("composition")
        if file is not None and (not file.exists() or (wanted and _digest(file) != wanted)):
            raise CompositionNotFound(f"this server does not have that composition {name[:80]!r}")
        if file is None and name.startswith(("http://", "https://")):
            host, port = place_in(name)
            if not any(rule.matches(host, port) for rule in self._hosts.rules):
                raise CompositionNotFound(f"this server may not reach {host}")
        elif file is None and name not in self._known:
            raise CompositionNotFound(f"no template {name[:80]!r}")
        return config, self.base

    def located(self, config: ExportConfig) -> tuple[ExportConfig, float | None]:
        """A configuration with its sounds as files of this server, and how long the film is.

        Raises:
            UsageError: this server does not have them.
        """
        options = config.options
        lengths = [self._sounds.get(track.file).duration for track in options.audio]
        if options.duration is not None:
            lengths = [float(options.duration)]
        here = config.with_options(
            audio=tuple(self._here(track) for track in options.audio),
            react_to=self._here(options.react_to) if options.react_to else None,
            stem=tuple(self._here(stem) for stem in options.stem),
            subtitles=options.subtitles and str(self._subtitles.path_of(options.subtitles)),
        )
        return here, max(lengths, default=None)

    def film(self, values: dict[str, Any]) -> tuple[ExportConfig, float | None]:
        """The film that is described, the first one of several, as ``located`` gives it.

        Raises:
            HeliosError: it may not be had, or makes no sense.
        """
        (first, *_) = self.read(values).configs
        return self.located(first)

    def _here(self, track: Sound) -> Sound:
        return track.model_copy(update={"file": str(self._sounds.path_of(track.file))})

    def _found(self, track: dict[str, Any]) -> dict[str, Any]:
        """A track or a stem, its file on this server."""
        file = str(track.get("file", ""))
        if Path(file).is_absolute():
            # As earlier versions named it.
            if not Path(file).is_file():
                raise UsageError(f"no sound {Path(file).name!r}")
            return track
        return {**track, "file": str(self._sounds.path_of(file))}

    def shown(self, job: RenderJob, *, briefly: bool = False) -> RenderJob:
        """A job as clients may see it: no paths of this server.

        Args:
            job: as it is.
            briefly: without options that are long, as in lists and events.
        """
        config = {k: v for k, v in job.config.items() if k not in ("allowHost", "publicHosts")}
        if "audio" in config:
            config["audio"] = [_nameless(track) for track in config["audio"]]
        if "reactTo" in config:
            config["reactTo"] = _nameless(config["reactTo"])
        if "stem" in config:
            config["stem"] = [_nameless(stem) for stem in config["stem"]]
        if briefly:
            config = {k: v for k, v in config.items() if len(json.dumps(v)) <= _LONGEST_SHOWN}
        error = (job.error or "").replace(f"{self._settings.data}{os.sep}", "") or None
        output = Path(job.output_path).name if job.output_path else None
        return job.model_copy(update={"config": config, "output_path": output, "error": error})

    def _allowed(self, config: ExportConfig) -> ExportConfig:
        options = config.options
        if options.frames is not None:
            raise OptionError("frames: only films are made by request")
        if not options.sandbox or not options.headless:
            raise OptionError("sandbox, headless: pages are always drawn in the sandbox")
        if options.subtitles_style is not None:
            raise OptionError("subtitlesStyle: no file of this server is read")
        if any(overlay.page not in overlay_names() for overlay in options.overlay):
            known = ", ".join(overlay_names())
            raise OptionError("overlay: no such page", hint=f"There are: {known}.")
        if any(overlay.picture or overlay.lines for overlay in options.overlay):
            raise OptionError("overlay: no file of this server is read", hint="Send its props.")
        if options.root is not None:
            raise OptionError("root: the server's operator says which folder pages are in")
        opens = options.public_hosts and "public_hosts" in options.model_fields_set
        if options.allow_host or opens:
            raise OptionError("allowHost, publicHosts: the server's operator says which hosts")
        self._check_composition(config.composition)
        tracks = tuple(self._uploaded(track) for track in options.audio)
        stems = tuple(self._uploaded(stem) for stem in options.stem)
        given = PurePosixPath(config.output.replace("\\", "/")).name if config.output else None
        output = given or self._named_as_song(config)
        return config.model_copy(update={"output": output}).with_options(
            audio=tracks,
            react_to=self._uploaded(options.react_to) if options.react_to else None,
            stem=stems,
            subtitles=options.subtitles and self._subtitles.path_of(options.subtitles).name,
            allow_host=tuple(map(str, self._hosts.rules)),
            public_hosts=False,
        )

    def _uploaded(self, track: Sound) -> Sound:
        """A track or a stem by its content: each server that has it keeps it elsewhere."""
        return track.model_copy(update={"file": self._sounds.path_of(track.file).name})

    def _named_as_song(self, config: ExportConfig) -> str | None:
        """The name of a film that was given none, from the name its song was uploaded with."""
        tracks = config.options.audio
        if not tracks:
            return None
        song = tracks[0].model_copy(update={"file": self._sounds.get(tracks[0].file).name})
        named = config.model_copy(update={"output": None}).with_options(audio=(song,))
        if config.naming == "dated":
            return f"{subject(named)}.mp4"
        return film_name(named, "")

    def _file_of(self, name: str) -> Path | None:
        """The file of a page or Python composition; None for templates and remote pages."""
        if name in template_names() or name.startswith(("http://", "https://")):
            return None
        folder = self._settings.compositions
        if name == self._settings.composition:
            folder = self._settings.folder
        if folder is None:
            return None
        is_python = name_composition(name, Path("/")).kind is CompositionKind.PYTHON
        if is_python and not name.rpartition(":")[0].endswith(".py"):
            return None  # a module, which may lie anywhere
        return folder / (name.rpartition(":")[0] if is_python else name)

    @property
    def _known(self) -> tuple[str | None, ...]:
        """What may be rendered by its name alone."""
        return (*template_names(), self._settings.composition)

    def _check_composition(self, name: str) -> None:
        if name in self._known:
            return
        if name.startswith(("http://", "https://")):
            self._check_page(name)
            return
        folder = self._settings.compositions
        kind = name_composition(name, Path("/")).kind
        if kind is CompositionKind.SCENE:
            if find_combination(name):
                raise CompositionNotFound(
                    f"{name[:80]!r} is not made by a server",
                    hint="Its pages are overlays: ask for each, or use helios render.",
                )
            raise CompositionNotFound(
                f"no template {name[:80]!r}",
                hint=f"There are: {', '.join(template_names()) or 'none'}.",
            )
        if folder is None:
            raise CompositionNotFound(
                f"no composition {name[:80]!r}: this server makes films of its templates only",
                hint="Its operator allows pages: helios serve --compositions FOLDER.",
            )
        file = name.rpartition(":")[0] if kind is CompositionKind.PYTHON else name
        path = (folder / file).resolve()
        if "://" in name or not path.is_relative_to(folder.resolve()) or not path.exists():
            raise CompositionNotFound(
                f"no composition {name[:80]!r} on this server",
                hint="Its name begins in the folder of helios serve --compositions.",
            )

    def _check_page(self, url: str) -> None:
        if not self._hosts.rules:
            raise CompositionNotFound(
                f"no composition {url[:80]!r}: pages of hosts are not rendered by this server"
            )
        host, port = place_in(url)
        try:
            self._hosts.admit(host, port, self._resolver)
        except NotFetched as error:
            raise CompositionNotFound(error.message) from error
        except AddressRefused as error:
            # The hint is for the operator, who has to decide it.
            raise AddressRefused(error.message) from error


def _digest(file: Path) -> str:
    try:
        return file_sha256(file)
    except OSError:
        return ""


def _nameless(track: dict[str, Any]) -> dict[str, Any]:
    return {**track, "file": Path(str(track.get("file", ""))).name}


def template_names() -> tuple[str, ...]:
    """The templates and shaders that come with Helios."""
    return tuple(template.name for template in templates())


@cache
def templates() -> tuple[Template, ...]:
    """What the templates say of themselves."""
    return tuple(_described(name, text) for name, text in template_sources().items())


def _described(name: str, text: str) -> Template:
    shader = find_shipped(name)
    document: dict[str, Any] = (
        {"title": shader.title, "description": shader.description} if shader else json.loads(text)
    )
    own = f"/api/templates/{name}/thumbnail"
    thumbnail, loop = gallery().get(name, (own, None))
    return Template(
        name=name,
        title=str(document.get("title") or document.get("name") or name),
        description=str(document.get("description") or ""),
        colours=_colours(document),
        thumbnail=thumbnail,
        loop=loop,
        kind=CompositionKind.PAGE if shader else CompositionKind.SCENE,
    )


def _colours(document: dict[str, Any]) -> list[str]:
    """A few colours that stand for a template, from its largest layers' first ones."""
    found = [
        colour
        for layer in document.get("layers", ())
        for colour in layer.get("colors", ())[:2]
        if _COLOUR.fullmatch(str(colour))
    ]
    return list(dict.fromkeys(found))[:4]
