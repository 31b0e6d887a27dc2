"""The OpenAPI description is right: requests made from it never break the server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)
PROGRAM = Path(sys.executable).parent / "schemathesis"


def test_every_reference_of_the_description_leads_somewhere(served: Any) -> None:
    assert served.app.openapi_schema is None, "a server starts without making it"
    document = served.http.get("/api/openapi.json").json()
    shapes = document["components"]["schemas"]

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [name for part in value.values() for name in references(part)]
        return (
            [name for part in value for name in references(part)] if isinstance(value, list) else []
        )

    found = {name.removeprefix("#/components/schemas/") for name in references(document)}
    assert found <= set(shapes)
    body = document["paths"]["/api/render"]["post"]["requestBody"]["content"]["application/json"]
    assert {"composition", "templateId", "exportType", "audioPath", "fps", "pack"} <= set(
        body["schema"]["properties"]
    )


@pytest.mark.slow
def test_no_request_made_from_the_description_breaks_the_server(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    served = serve(writes_per_s=0)
    served.queue.pause()
    done = subprocess.run(
        [
            PROGRAM,
            "run",
            f"{served.url}/api/openapi.json",
            "--checks",
            CHECKS,
            "--max-examples",
            "3",
            "--phases",
            "coverage,fuzzing",
            "--seed",
            "7",
            "--no-color",
            "--exclude-path-regex",
            "events|frames|preview|resume",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "passed" in done.stdout
