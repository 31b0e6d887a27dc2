"""Draws a shader with ShaderFlow; run by scene.py and shaders.py with ShaderFlow's own Python.

Prints the processor seconds of this process alone; its encoder is another one, ``ffmpeg``, which
has to be in the path.

Usage: python rival_shaderflow.py SECONDS OUTPUT [ssaa] [--shader FILE] [--size WxH]
    [--x264 PRESET,CRF]
"""

import argparse
import time
from pathlib import Path

from shaderflow.scene import ShaderScene

SHADER = Path(__file__).parent / "star_nest.frag"

parser = argparse.ArgumentParser()
parser.add_argument("seconds", type=float)
parser.add_argument("output")
parser.add_argument("ssaa", type=float, nargs="?", default=1.0)
parser.add_argument("--shader", type=Path, default=SHADER)
parser.add_argument("--size", default="1920x1080")
parser.add_argument("--x264")
asked = parser.parse_args()
width, height = map(int, asked.size.split("x"))


class WholePicture(ShaderScene):
    """The whole picture is the shader."""

    def build(self):
        self.shader.fragment = asked.shader


scene = WholePicture(backend="headless")
if asked.x264:
    preset, crf = asked.x264.split(",")
    scene.ffmpeg.h264(preset=preset, crf=int(crf))
scene.main(
    width=width, height=height, fps=30, time=asked.seconds, ssaa=asked.ssaa, output=asked.output
)
print("SECONDS", time.process_time())
