"""Examines a machine: what is here, what is missing, and the command that mends it."""
