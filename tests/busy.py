"""Promises in seconds, kept on a machine that has other work to do."""

BUSY = 6.0
"""What a test allows for every second that is promised: tests share two cores."""
