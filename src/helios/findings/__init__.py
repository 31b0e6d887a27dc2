"""What is found in pictures and sounds, of a film or of a composition."""
