"""Lists of bills that are narrowed to some."""
