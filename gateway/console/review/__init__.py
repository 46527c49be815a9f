"""The review of a bill on the screen: the page beside its values, why each is believed, corrections, decisions, previews."""
