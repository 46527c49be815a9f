"""Events as they happen: asked for by position, or streamed."""
