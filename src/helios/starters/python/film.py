"""A film made of a Python function. No browser is needed.

    helios render film.py:draw -o film.mp4
    helios render film.py:draw -o film.mp4 --props '{"balls": 5}'

Frame n must depend on n alone: Helios draws frames in any order, in several processes at once, and
again after a crash. For chance take context.random(), which is the same in every render.
"""

import numpy as np

NIGHT = (16, 20, 48)
GOLD = (255, 190, 70)


def draw(frame, context):
    """The picture of a frame, as an array of (height, width, 3) bytes: red, green, blue."""
    picture = np.empty((context.height, context.width, 3), np.uint8)
    picture[:] = NIGHT
    rows, columns = np.ogrid[: context.height, : context.width]
    radius = context.height / 12
    count = context.props.get("balls", 3)
    for ball in range(count):
        # context.time_s is when the frame is seen, in seconds.
        bounce = abs(np.sin(np.pi * (context.time_s + ball / count)))
        x = context.width * (ball + 0.5) / count
        y = (context.height - radius) - bounce * context.height * 0.7
        picture[(columns - x) ** 2 + (rows - y) ** 2 < radius**2] = GOLD
    return picture


# Seconds, and frames a second. --duration and --fps say otherwise.
draw.duration = 4
draw.fps = 30
