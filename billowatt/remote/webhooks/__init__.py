"""Webhook endpoints from the shell: one on this machine that listens, and those of the tenant that are looked after."""
