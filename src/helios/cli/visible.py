"""Text of strangers as a terminal may show it: what pages and songs name, terminals would obey."""

from __future__ import annotations

import logging
import re

# Control characters but line breaks and tabs, what turns the direction of text, half characters.
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""``text`` with what a terminal would obey written out, such as ``\x1b``."""
    return _ODD.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def on_one_line(text: str) -> str:
    r"""``visible``, with line breaks written out as well."""
    return visible(text).replace("\n", r"\n")


class VisibleFormatter(logging.Formatter):
    """Log lines as a terminal may show them."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, its level in the words of all other lines: ``warning: ...``."""
        return visible(f"{record.levelname.lower()}: {super().format(record)}")
