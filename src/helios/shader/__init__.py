"""Shaders as compositions: read a Shadertoy-style program, and make the page that draws it."""
