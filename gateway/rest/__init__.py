"""The partners' REST: one table of routes, handlers by what they serve, and the shapes of the JSON."""
