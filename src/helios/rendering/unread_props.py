"""Props that a film was given and nothing reads: usually their names are misspelt."""

from __future__ import annotations

from pathlib import Path

from helios.model.composition import SHADER_SUFFIXES, CompositionKind
from helios.planning.planner import RenderPlan

_TEXTS = (".html", ".htm", ".js", ".mjs", ".css", ".py", ".svg", ".json", *SHADER_SUFFIXES)


def unread_props(plan: RenderPlan) -> list[str]:
    """Names of these props: images have none, scenes warn of them themselves, and what else reads
    props names them in its texts."""
    if plan.composition.kind is CompositionKind.IMAGES:
        return list(plan.options.props)
    if plan.composition.kind is CompositionKind.SCENE:
        return []
    inputs = plan.facts.inputs if plan.facts else ()
    paths = {Path(plan.composition.location.partition(":")[0]), *(Path(name) for name, _ in inputs)}
    texts = [p.read_bytes() for p in paths if p.suffix.lower() in _TEXTS and p.is_file()]
    if not texts:
        return []
    return [n for n in plan.options.props if not any(n.encode() in text for text in texts)]
