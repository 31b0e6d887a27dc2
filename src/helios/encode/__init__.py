"""Pictures to files: encoded chunks and numbered images."""
