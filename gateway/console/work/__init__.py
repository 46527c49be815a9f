"""The list of work: what asks for a person, over all projects."""
