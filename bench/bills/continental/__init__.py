"""Renderers after the habits of bills on the European continent and in Latin America, for train and dev families."""
