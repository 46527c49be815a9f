"""The readers that the bench compares: the product's own, a naive one, and peers where they are installed."""
