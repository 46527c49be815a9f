"""Energy, carbon and water in common units: versioned factor sets as data, conversion exact."""
