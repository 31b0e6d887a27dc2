"""From a prepared request to a plan: look once, choose the length, decide."""

from __future__ import annotations

from pathlib import Path

from helios.errors import RenderError
from helios.executors.call import InspectCall
from helios.executors.pool import WorkerPool
from helios.model.composition import Composition
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions
from helios.planning.planner import RenderPlan, plan_render
from helios.planning.resolve import resolve_frames
from helios.rendering.hardware import with_hardware
from helios.rendering.length import LengthRule
from helios.rendering.prepare import Prepared, check_not_read
from helios.rendering.sounds import with_mixed_sounds


def planned(
    asked: Prepared,
    pool: WorkerPool,
    sounds: Path,
    *,
    facts: CompositionFacts | None = None,
    length: LengthRule | None = None,
    beside_output: bool = False,
) -> RenderPlan:
    """Look at a composition and decide its render.

    Args:
        asked: what to make.
        pool: where it is looked at.
        sounds: the folder for sounds that exist only inside a page.
        facts: skip inspection and believe these.
        length: what is said about the length beside the options.
        beside_output: put chunk files next to the film, as a job does.

    Raises:
        HeliosError: it cannot be loaded, or the options cannot be carried out.
    """
    found = facts or look(pool, asked.composition, asked.options, sounds)
    options = asked.options
    if length is not None and (duration_s := length.choose(options, found)) is not None:
        options = options.changed(duration=duration_s)
    found = with_sounds(found, options, sounds)
    check_not_read(asked.output, asked.composition, options, found)
    options, found = with_hardware(asked.composition.kind, asked.output, options, found)
    return plan_render(asked.composition, asked.output, options, found, beside_output=beside_output)


def look(
    pool: WorkerPool, composition: Composition, options: RenderOptions, sounds: Path
) -> CompositionFacts:
    """Look once at a composition, in a process that can go on to render it.

    Raises:
        HeliosError: it cannot be loaded.
    """
    call = InspectCall(
        composition=composition,
        options=options,
        sounds_folder=sounds,
        others_follow=pool.makes_rows,
    )
    reply = pool.call(call)
    if reply.facts is None:
        raise RenderError(f"nothing was found out about {composition.location}")
    return reply.facts


def with_sounds(facts: CompositionFacts, options: RenderOptions, sounds: Path) -> CompositionFacts:
    """The facts with what a page plays as tracks of a film of these options."""
    if not facts.sounds and not facts.voices:
        return facts
    resolved = resolve_frames(facts.composition.kind, options, facts)
    return with_mixed_sounds(facts, resolved.end_frame / resolved.draw.fps, sounds)
