"""Reviews over REST: which bills wait for a person, what is to be looked at, decisions, previews."""
