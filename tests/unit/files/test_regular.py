"""What is no file (a pipe, a device, a socket) is waited for by nobody."""

from __future__ import annotations
