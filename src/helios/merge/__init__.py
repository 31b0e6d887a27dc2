"""Parts to films: packets copied on one time grid, sound encoded once."""
