"""What the page's script and Python say to each other of frames that cannot be taken."""

from __future__ import annotations

import re

from helios.browser.page import _FAILURES
from helios.browser.preload import read_script


def test_every_class_of_failure_is_known_by_its_name() -> None:
    assert set(re.findall(r"class (\w+) extends Error", read_script("failures"))) == set(_FAILURES)
