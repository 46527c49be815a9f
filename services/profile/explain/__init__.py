"""Explanations: why one bill is not another, in parts that reconcile to the cent."""
