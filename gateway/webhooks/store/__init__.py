"""Every SQL statement of webhooks: endpoints as partners see them, events and their fan-out, deliveries under lease."""
