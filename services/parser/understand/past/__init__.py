"""Past months: what tables, grids and lines print of them."""
