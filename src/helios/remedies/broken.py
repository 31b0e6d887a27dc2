"""Libraries that are installed and cannot be loaded: half an update, a file that is gone."""

from __future__ import annotations

import traceback

from helios.errors import EnvironmentProblem


def broken_package(error: BaseException) -> EnvironmentProblem | None:
    """What to say where a library cannot be loaded; None of other errors."""
    if not isinstance(error, ImportError):
        return None
    while isinstance(first := error.__cause__ or error.__context__, ImportError):
        error = first  # importers wrap what they meet
    package = _package_of(error)
    if not package or package == "helios":
        return None
    from importlib.metadata import packages_distributions  # every command would wait for it

    # Helios was installed with all that it imports without asking: what is not there has been lost.
    name = packages_distributions().get(package, [package])[0]
    return EnvironmentProblem(
        f"{package} cannot be loaded: {error}", hint=f"pip install --force-reinstall {name}"
    )


def _package_of(error: ImportError) -> str:
    """The library that Helios imported: whose code comes after its own, else what is missing."""
    names = [
        str(frame.f_globals.get("__name__", "")).partition(".")[0]
        for frame, _ in traceback.walk_tb(error.__traceback__)
    ]
    ours = max((n for n, name in enumerate(names) if name == "helios"), default=-1)
    theirs = (name for name in names[ours + 1 :] if name != "importlib")
    return next(theirs, (error.name or "").partition(".")[0])
