"""Explanations: where a month comes from, and why one bill is not another, in parts that reconcile."""
