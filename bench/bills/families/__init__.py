"""The layout families: declared as data, composed of blocks, split into train, dev and test by family."""
