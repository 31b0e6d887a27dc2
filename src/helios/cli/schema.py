"""``helios schema``: what documents look like, for programs."""

from __future__ import annotations

import json as json_module
from typing import Annotated

from cyclopts import Parameter

from helios.cli.flags import Json, QuietAlready


def command(
    name: Annotated[str | None, Parameter(help="which; without a name they are listed")] = None,
    /,
    *,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Print the JSON Schema of a kind of document.

    helios schema

    helios schema options

    helios schema template > template.schema.json
    """
    from helios.agents.schemas import SCHEMAS, schema

    if name is not None:
        print(json_module.dumps(schema(name), indent=1))
    elif json:
        from helios.agents.reports import NAMES, Named

        rows = tuple(Named(name=each, description=of) for each, (of, _) in SCHEMAS.items())
        print(NAMES.dump_json(rows, exclude_none=True).decode())
    else:
        for each, (of, _) in SCHEMAS.items():
            print(f"{each:10}{of}")
    return 0
