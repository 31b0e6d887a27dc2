"""How a server is set up."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from helios.errors import OptionError
from helios.executors.call import DEFAULT_RENDER_FUNCTION
from helios.files.unread import unread
from helios.planning.needs import ChunkNeeds

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Everything ``helios serve`` can be told."""

    data: Path
    """Uploads, films, logs and, unless ``database`` says otherwise, the database."""
    host: str = "127.0.0.1"
    port: int = 8787
    token: str | None = field(default=None, repr=False)
    """What clients must show; demanded for every address but this machine's own."""
    database: str | None = field(default=None, repr=False)
    at_once: int | None = None
    """Films made at once; from the cores by default."""
    workers: int | None = None
    """Chunks drawn at once, of all films together; from the cores by default."""
    max_memory_bytes: int | None = None
    max_upload_bytes: int = 512 * MIB
    max_stored_bytes: int = 20 << 30
    """All uploads together."""
    decode_cpu_s: int = 120
    """Processor time for looking into one upload."""
    compositions: Path | None = None
    """A folder whose pages and Python compositions may be rendered by request; it is code."""
    composition: str | None = None
    """The one page, template file or Python composition that the operator named: it may be
    rendered by request, as if it were a template that comes with Helios."""
    folder: Path | None = None
    """Where the name of ``composition`` leads from."""
    props_file: Path | None = None
    """Where the props of ``composition`` are read from, and written to when that is asked for."""
    allow_hosts: tuple[str, ...] = ()
    """``HOST[:PORT]`` whose pages may be rendered by request, and from which pages may load."""
    webhook_secret: str | None = field(default=None, repr=False)
    webhook_hosts: tuple[str, ...] = ()
    """Hosts that webhooks may reach although they are not on the public internet."""
    hosts: tuple[str, ...] = ()
    """Names the server is reached by besides its address."""
    writes_per_s: float = 30.0
    """Requests that change something, per client; 0 switches the limit off."""
    write_burst: int = 1500
    stall_s: float = 900.0
    backoff_base_s: float = 10.0
    render_function: str = DEFAULT_RENDER_FUNCTION
    store: str | None = None
    """The address of a store that films are kept in too."""
    executor: str = "threads"
    """What places the chunks of films, for ``open_engine``."""
    needs: ChunkNeeds | None = None
    """What it should reserve for each chunk."""

    def checked(self) -> ServerSettings:
        """These settings, if they are safe.

        Raises:
            OptionError: they are not; the message says why.
        """
        if not is_loopback(self.host) and not self.token:
            raise OptionError(
                f"--host {self.host} can be reached from other machines and needs a token",
                hint="Set HELIOS_TOKEN to a long random text, or keep to 127.0.0.1.",
            )
        if self.token is not None and len(self.token) < 16:
            raise OptionError("the token must have at least 16 characters")
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def secret_from(name: str) -> str | None:
    """A secret from the environment, or from the file that ``NAME_FILE`` names.

    It is taken out of the environment, so that the processes that render never see it.

    Raises:
        OptionError: the file cannot be read.
    """
    file, value = os.environ.pop(f"{name}_FILE", None), os.environ.pop(name, None)
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip() or None
        except OSError as error:
            raise unread(f"{name}_FILE", Path(file), error) from error
    return value or None
