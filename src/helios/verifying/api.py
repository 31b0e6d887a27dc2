"""The Python API: ``helios.verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from helios.errors import OptionError
from helios.findings.crops import with_pictures
from helios.findings.finding import Finding
from helios.media.pictures import picture_at
from helios.model.composition import Composition, within
from helios.model.keywords import RenderKeywords
from helios.rendering.find import find_composition
from helios.rendering.orchestrator import Options, read_options
from helios.verifying.film import Against, verify_film


def verify(
    film: str | Path,
    options: Options = None,
    *,
    against: str | Path | Composition | None = None,
    sample: int = 8,
    sample_seed: int = 1,
    pictures: str | Path | None = None,
    **values: Unpack[RenderKeywords],
) -> list[Finding]:
    """Look at all of a finished film, and say what is wrong with it.

    Args:
        film: the film's path.
        options: what it was rendered with; keywords override single options.
        against: the composition it is of: frames are drawn anew.
        sample: how many of them, chosen by chance.
        sample_seed: chooses them: the same seed, the same frames.
        pictures: a folder for pictures of what is found.

    Returns:
        Findings, in order; each is ``ok``, a ``note`` or a ``problem``.

    Raises:
        HeliosError: it is no film, or the composition cannot be drawn.
    """
    asked = read_options(options, values)
    if not 1 <= sample <= 1000:
        raise OptionError("--sample: from 1 to 1000 frames can be drawn anew")
    compared = None
    if against is not None:
        if isinstance(against, Composition):
            composition = within(against, asked.root, Path.cwd())
        else:
            composition = find_composition(str(against), Path.cwd(), asked.root)
        compared = Against(composition=composition, options=asked, count=sample, seed=sample_seed)
    path = Path(film)
    findings = verify_film(path, compared)
    if pictures is None:
        return findings
    return with_pictures(findings, Path(pictures), lambda at_s: picture_at(path, at_s))
