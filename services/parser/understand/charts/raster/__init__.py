"""Charts in the grey raster of a page: its light, its bars, its lines."""
