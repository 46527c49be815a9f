"""What the edge itself keeps: the log of writes, the first answers to requests that may come twice."""
