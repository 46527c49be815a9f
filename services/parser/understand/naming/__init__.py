"""Naming: the numbers that name an account, a bill, a meter or a service point, found by their labels, places and forms."""
