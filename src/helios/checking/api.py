"""The Python API: ``helios.check``."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from helios.checking.composition import check_composition
from helios.findings.finding import Finding
from helios.model.composition import Composition, within
from helios.model.export import PLATFORMS, type_of_flag
from helios.model.keywords import RenderKeywords
from helios.rendering.find import find_composition
from helios.rendering.orchestrator import Options, read_options


def check(
    composition: str | Path | Composition,
    options: Options = None,
    *,
    platform: str | None = None,
    pictures: str | Path | None = None,
    **values: Unpack[RenderKeywords],
) -> list[Finding]:
    """Look at a composition before it is rendered, and say what would be wrong with its film.

    Args:
        composition: a path, URL, template or ``module:object``.
        options: a ``RenderOptions`` or a dict; keywords override single options.
        platform: an export type or platform, such as ``shorts``, whose limits are kept.
        pictures: a folder for pictures of what is found.

    Returns:
        Findings, in order; each is ``ok``, a ``note`` or a ``problem``.

    Raises:
        HeliosError: the request cannot be carried out, or this machine cannot draw.
    """
    asked = read_options(options, values)
    chosen = None if platform is None else type_of_flag(platform)
    if chosen is not None:
        known = PLATFORMS.get(chosen)
        asked = asked.changed(type=known.type if known else chosen)
    if isinstance(composition, Composition):
        found = within(composition, asked.root, Path.cwd())
    else:
        found = find_composition(str(composition), Path.cwd(), asked.root)
    return check_composition(
        found, asked, platform=chosen, pictures=None if pictures is None else Path(pictures)
    )
