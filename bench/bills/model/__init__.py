"""The economics of a synthetic bill: numbers that obey every accounting identity, drawn before anything is printed."""
