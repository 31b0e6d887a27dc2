"""Names in data files are names in their folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath


def is_file_name(name: str) -> bool:
    """Whether ``name`` is a file's own name, without any folder."""
    return 0 < len(name) < 256 and name not in {".", ".."} and not set(name) & set("/\\\0")


def is_inside(folder: Path, name: str) -> bool:
    """Whether ``name`` leads to something in ``folder``, links followed."""
    if not name or "\0" in name or PurePosixPath(name).is_absolute():
        return False
    if PureWindowsPath(name).drive or ".." in PurePosixPath(name).parts:
        return False
    try:
        root = folder.resolve()
        return (root / name).resolve() != root and (root / name).resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        return False
