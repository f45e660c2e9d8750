"""A community's own names, places, limits and story as data: read, checked and loaded."""
