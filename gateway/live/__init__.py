"""Events as they happen: one follower of profile's changes a process, and the many who listen to it."""
