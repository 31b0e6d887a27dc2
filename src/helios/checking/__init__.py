"""Whether a composition will make a good film: a file for each part of it."""
