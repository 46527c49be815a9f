"""What HTTP asks of an edge whatever it serves: limits, validators, codings, origins, keys of repeated requests."""
