"""Find a Python object by ``module:object`` or ``file.py:object``."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from errno import ENOENT
from pathlib import Path
from types import ModuleType

from helios.errors import CompositionNotFound, LoadError
from helios.files.unread import what_to_do

_INSTALLED = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An object, where it was found, and the folder that its own modules lie in."""

    value: object
    name: str
    root: Path | None


_NOTHING_IN_IT = (
    "It draws nothing: a page is named without a colon, a Python file as FILE.py:FUNCTION."
)


def load_object(location: str, folder: Path) -> Loaded:
    """Import the module or file and take the object out of it.

    Relative files are taken from ``folder``, which also joins the import path.

    Raises:
        CompositionNotFound: no such module, file or object.
        LoadError: importing it failed.
    """
    source, colon, path = location.rpartition(":")
    if not colon or not source or not path:
        raise CompositionNotFound(
            f"{location!r} names no Python object", hint="Write MODULE:OBJECT or FILE.py:OBJECT."
        )
    folder = folder.absolute()
    if source.endswith(".py"):
        file = folder / source
        module, root = _import_file(file), file.parent
    else:
        module, root = _import_module(source, folder), folder
    value: object = module
    for name in path.split("."):
        if not hasattr(value, name):
            known = [n for n, v in vars(module).items() if callable(v) and not n.startswith("_")]
            raise CompositionNotFound(
                f"{source} has no {path}",
                hint=f"It has: {', '.join(known)}." if known else _NOTHING_IN_IT,
            )
        value = getattr(value, name)
    return Loaded(value=value, name=location, root=root)


def source_files(loaded: Loaded, draw: object) -> list[Path]:
    """The file that defines the object, and all imported modules under its folder, sorted."""
    files = set()
    owner = inspect.unwrap(draw) if callable(draw) else draw
    for subject in (loaded.value, getattr(owner, "__func__", owner), type(owner)):
        module = sys.modules.get(getattr(subject, "__module__", "") or "")
        if module is not None and (file := _file(module)) is not None:
            files.add(file)
    root = loaded.root
    if root is not None:
        files |= {
            file
            for module in list(sys.modules.values())
            if (file := _file(module)) is not None and file.is_relative_to(root)
        }
    standard = Path(inspect.__file__).parent
    return sorted(
        file
        for file in files
        if not any(part in _INSTALLED for part in file.parts) and not file.is_relative_to(standard)
    )


def describe_error(error: BaseException) -> str:
    """The traceback's last line, and where it happened."""
    line = traceback.format_exception_only(error)[-1].strip()
    if isinstance(error, SyntaxError) and error.filename:
        return f"{line} ({Path(error.filename).name}:{error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    where = frames[-1] if frames else None
    return f"{line} ({Path(where.filename).name}:{where.lineno})" if where else line


def _file(module: ModuleType) -> Path | None:
    name = getattr(module, "__file__", None)
    path = Path(name) if name else None
    return path if path is not None and path.suffix == ".py" and path.is_file() else None


def _import_file(file: Path) -> ModuleType:
    if not file.is_file():
        raise CompositionNotFound(
            f"there is no file {file}", hint=what_to_do(file, FileNotFoundError(ENOENT, ""))
        )
    name = f"helios_composition_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise LoadError(f"{file} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    _add_to_path(file.parent)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        sys.modules.pop(name, None)
        raise LoadError(f"{file.name} cannot be imported: {describe_error(error)}") from error
    return module


def _import_module(name: str, folder: Path) -> ModuleType:
    _add_to_path(folder)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise CompositionNotFound(
                f"there is no Python module {name}",
                hint="Give its file instead: path/to/file.py:OBJECT.",
            ) from error
        raise LoadError(f"module {name} cannot be imported: {describe_error(error)}") from error
    except (Exception, SystemExit) as error:
        raise LoadError(f"module {name} cannot be imported: {describe_error(error)}") from error


def _add_to_path(folder: Path) -> None:
    """Let a composition import its neighbours, and what lies in the current folder.

    Before what is installed and after Python's own library: most of that is loaded already, and
    what we load later must not become a neighbour of the same name.
    """
    places = [folder]
    with suppress(FileNotFoundError):  # the current folder may have been removed
        places.append(Path.cwd())
    for place in map(str, places):
        if place not in sys.path:
            installed = (i for i, known in enumerate(sys.path) if Path(known).name in _INSTALLED)
            sys.path.insert(next(installed, len(sys.path)), place)
