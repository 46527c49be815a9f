"""The HTTP edge, inbound and outbound: REST for partners, signed downloads, documentation, webhooks. Thin; it owns no bills."""
