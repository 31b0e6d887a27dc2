"""Whether a film is what it should be: a file for each part of it."""
