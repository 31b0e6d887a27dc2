"""Draw a still into a file."""

from __future__ import annotations

from helios.executors.call import Reply, StillCall


def draw(call: StillCall) -> Reply:
    """Draw it.

    Raises:
        HeliosError: it cannot be loaded or drawn.
    """
    from PIL import Image

    from helios.rendering.api import frames
    from helios.rendering.find import find_composition

    composition = find_composition(call.composition, call.folder, call.options.root)
    for picture in frames(composition, call.options):
        Image.fromarray(picture).save(call.image)
    return Reply(event="done")
