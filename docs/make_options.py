"""Write docs/options.md from the options schema: python docs/make_options.py"""

from __future__ import annotations

import re
from pathlib import Path

from helios.model.export import PLATFORMS
from helios.model.formats import AUDIO_CODECS, EXPORT_TYPES, VIDEO_CODECS
from helios.model.options import RenderOptions
from helios.planning.flags import flag_name, is_switch

TARGET = Path(__file__).with_name("options.md")
HEAD = """# Options

Made from the options schema by `python docs/make_options.py`. The same names, in camelCase, are the
keys of job files; in snake_case they are the keywords of `helios.render`.
"""


def options_table() -> str:
    """All options, by group."""
    groups: dict[str, list[str]] = {}
    for name, info in RenderOptions.model_fields.items():
        extra = info.json_schema_extra
        assert isinstance(extra, dict)
        if extra.get("hidden"):
            continue
        flag = flag_name(name)
        if is_switch(info):
            flag = f"{flag}` / `{flag_name('no_' + name)}"
        # What would divide a row of the table, or be a link.
        text = re.sub(r"[|\[]", r"\\\g<0>", info.description or "")
        row = f"| `{flag}` | {text} |"
        groups.setdefault(str(extra["group"]), []).append(row)
    parts = [
        f"## {group}\n\n| flag | |\n|---|---|\n" + "\n".join(rows) for group, rows in groups.items()
    ]
    return "\n\n".join(parts)


def formats_table() -> str:
    """The format table."""
    video = [
        f"| {codec.family} | `{codec.encoder}` | {', '.join(codec.aliases)} | "
        f"{', '.join(codec.containers)} | {', '.join(codec.pixel_formats)} |"
        for codec in VIDEO_CODECS
    ]
    audio = [
        f"| `{codec.encoder}` | {', '.join(codec.aliases)} | {', '.join(codec.containers)} |"
        for codec in AUDIO_CODECS
    ]
    types = [
        f"| `{entry.name}` | {entry.width}x{entry.height} | {entry.projection} | {entry.stereo} |"
        for entry in EXPORT_TYPES
    ]
    platforms = ", ".join(
        f"`{name}` ({each.type}, at most {each.max_duration_s} s)"
        for name, each in PLATFORMS.items()
    )
    return "\n".join(
        [
            "## Picture codecs\n",
            "| codec | encoder | also | containers | pixel formats |",
            "|---|---|---|---|---|",
            *video,
            "\n## Sound codecs\n",
            "| encoder | also | containers |",
            "|---|---|---|",
            *audio,
            "\n## Export types\n",
            f"With `--type` also the platforms {platforms}.\n",
            "| type | size | projection | stereo |",
            "|---|---|---|---|",
            *types,
        ]
    )


def page() -> str:
    """The whole page."""
    return f"{HEAD}\n{options_table()}\n\n{formats_table()}\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
