"""Words that templates and the frames drawn of them share; loads nothing."""

from __future__ import annotations

from typing import Literal

SpawnShape = Literal[
    "ball",
    "ring",
    "disc",
    "arms",
    "column",
    "arch",
    "line",
    "loop",
    "lattice",
    "pillars",
    "towers",
]
"""Where particles are born; those from ``line`` on stand in order, by their numbers."""
ColourBy = Literal["life", "level", "height"]
"""What a particle's colour follows."""
Wobble = Literal["none", "flame", "mist"]
"""How a particle sways."""
