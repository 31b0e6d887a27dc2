"""``python -m helios.server.drawing CONFIG IMAGE SECONDS SIDE``: draw one still."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

from helios.errors import HeliosError
from helios.model.export import ExportConfig
from helios.model.formats import export_type
from helios.model.options import RenderOptions
from helios.process.child import die_with_parent


def still_options(config: ExportConfig, at_s: Fraction, side: int) -> RenderOptions:
    """The options of one frame at ``at_s``, no longer than ``side`` pixels."""
    options = config.options
    fps = options.fps or Fraction(30)
    kind = export_type(options.type or "flat-1080p-landscape")
    width, height = options.width or kind.width, options.height or kind.height
    scale = min(Fraction(1), Fraction(side, max(width, height)))
    frame = int(at_s * fps)
    values = {
        "fps": fps,
        "start_frame": frame,
        "frame_count": 1,
        "scale": scale,
        "width": width,
        "height": height,
    }
    if options.duration is not None:
        values["start_frame"] = min(frame, max(0, int(options.duration * fps) - 1))
    return options.changed(**values)


def main() -> int:
    """Draw what the command line says."""
    die_with_parent()
    config_file, image_file, at_s, side = sys.argv[1:]
    try:
        from PIL import Image

        from helios.rendering.api import frames

        config = ExportConfig.model_validate_json(Path(config_file).read_bytes())
        options = still_options(config, Fraction(at_s), int(side))
        for picture in frames(config.composition, options):
            Image.fromarray(picture).save(image_file)
    except HeliosError as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
