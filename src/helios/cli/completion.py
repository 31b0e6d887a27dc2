"""``helios completion``: what a shell needs to complete commands and flags."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter


def command(
    shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(help="the shell")],
    /,
) -> int:
    """Print the completion of commands and flags for a shell.

    helios completion bash > ~/.local/share/bash-completion/completions/helios

    helios completion zsh > ~/.zfunc/_helios

    helios completion fish > ~/.config/fish/completions/helios.fish

    For zsh, ~/.zfunc must be in fpath before compinit.
    """
    from helios.cli.main import build_app

    print(build_app().generate_completion(prog_name="helios", shell=shell))
    return 0
