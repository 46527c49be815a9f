"""Properties: buildings and sites, the projects that map to them, and their temperatures."""
