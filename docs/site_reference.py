"""The Python page of the site: ``helios.__all__``, each name as its docstring says.

A hook of ``mkdocs.yml`` and an extension of what reads the docstrings there.
"""

from __future__ import annotations

from typing import Any

from griffe import Extension, Object

import helios

PAGE = "reference.md"


def names() -> list[str]:
    """Functions first, as most readers want them; then classes."""
    public = [name for name in helios.__all__ if name in helios._HOME]
    return sorted(public, key=lambda name: (name[0].isupper(), name))


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:
    """Add the names to the page that speaks of them."""
    if page.file.src_uri != PAGE:
        return markdown
    entries = (f"::: {helios._HOME[name]}.{name}\n" for name in names())
    return "\n".join((markdown, *entries))


class Examples(Extension):
    """An ``Example:`` is code, as ``Examples:`` are."""

    def on_object(self, *, obj: Object, **_: object) -> None:
        """Called for each class and function that was read."""
        if obj.docstring is not None:
            obj.docstring.value = obj.docstring.value.replace("\nExample:\n", "\nExamples:\n")
