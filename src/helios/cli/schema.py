"""``helios schema``: what documents look like, for programs."""

from __future__ import annotations

import json
from typing import Annotated

from cyclopts import Parameter


def command(
    name: Annotated[str | None, Parameter(help="which; without a name they are listed")] = None,
    /,
) -> int:
    """Print the JSON Schema of a kind of document.

    helios schema

    helios schema options

    helios schema template > template.schema.json
    """
    from helios.agents.schemas import SCHEMAS, schema

    if name is None:
        for each, (of, _) in SCHEMAS.items():
            print(f"{each:10}{of}")
    else:
        print(json.dumps(schema(name), indent=1))
    return 0
