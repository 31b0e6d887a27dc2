"""Draws benchmarks/star_nest.frag with ShaderFlow; run by scene.py with ShaderFlow's own Python.

Prints the processor seconds of this process alone; its encoder is another one.

Usage: python rival_shaderflow.py SECONDS OUTPUT [ssaa]
"""

import sys
import time
from pathlib import Path

from shaderflow.scene import ShaderScene

SHADER = Path(__file__).parent / "star_nest.frag"


class StarNest(ShaderScene):
    """The whole picture is the shader."""

    def build(self):
        self.shader.fragment = SHADER


seconds, output = float(sys.argv[1]), sys.argv[2]
ssaa = float(sys.argv[3]) if len(sys.argv) > 3 else 1.0
scene = StarNest(backend="headless")
scene.main(width=1920, height=1080, fps=30, time=seconds, ssaa=ssaa, output=output)
print("SECONDS", time.process_time())
