"""What a bundle stands for: the composition and the options that it was made of."""

from __future__ import annotations

from pathlib import Path

from helios.commit.bundle import unpacked_file
from helios.errors import OptionError
from helios.model.composition import BUNDLE_SUFFIX, Composition, parse_composition, within
from helios.model.options import RenderOptions
from helios.planning.flags import argv_to_values
from helios.rendering.places import absolute


def unbundled(
    composition: Composition, options: RenderOptions
) -> tuple[Composition, RenderOptions]:
    """The composition in a bundle, with its options but for those that are given.

    Raises:
        OptionError: it is damaged.
        EnvironmentProblem: the cache cannot be used.
    """
    if not composition.location.lower().endswith(BUNDLE_SUFFIX):
        return composition, options
    bundle = Path(composition.location)
    files, note = unpacked_file(bundle)
    folder = files / note.folder
    positional, values = argv_to_values(note.argv)
    if len(positional) != 1 or "output" in values:
        raise OptionError(f"{bundle} holds files and no composition")
    own = absolute(RenderOptions.read(values), folder)
    fields = RenderOptions.model_fields
    given = {name: v for name, v in dict(options).items() if v != fields[name].default}
    found = within(parse_composition(positional[0], folder), own.root, folder)
    return found, own.changed(**given)
