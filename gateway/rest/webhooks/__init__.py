"""Webhook endpoints and the log of their deliveries."""
