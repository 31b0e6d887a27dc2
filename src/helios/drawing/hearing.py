"""What a composition hears, before it is planned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from helios.files.whole import input_sha256
from helios.model.composition import CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions
from helios.planning.resolve import resolve_frames


def with_heard(facts: CompositionFacts, options: RenderOptions) -> CompositionFacts:
    """The facts with the sound that a page or a Python composition reads, and its digest.

    Raises:
        HeliosError: the sound cannot be read, or the options do not fit.
    """
    kind = facts.composition.kind
    may_read = kind in (CompositionKind.PAGE, CompositionKind.PYTHON) or facts.hears
    if not may_read or (options.react_to is None and not (facts.hears and options.audio)):
        return facts
    from helios.sources.film_audio import film_audio

    draw = resolve_frames(kind, options, facts).draw
    if draw.follows is None:
        return facts
    stems = draw.request.stem
    heard = film_audio(draw.follows, draw.total_frames, draw.fps, stems).digest
    files = (Path(draw.follows.file), *(Path(stem.file) for stem in stems))
    sounds = {(str(file), input_sha256(file)) for file in files if file.is_file()}
    return replace(facts, heard=heard, inputs=tuple(sorted({*facts.inputs, *sounds})))
