"""``helios-health``: exit code 0 if the server on this machine can do its work."""

from __future__ import annotations

import json
import os
import sys
import urllib.request


def main() -> int:
    """Ask ``/healthz`` once."""
    port = int(os.environ.get("HELIOS_PORT", "8787"))
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=4) as reply:
            status = json.load(reply)["status"]
    except (OSError, ValueError, KeyError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if status == "ok" else 1
