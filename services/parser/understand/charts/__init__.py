"""Charts: months along an axis, numbers that stand at them, and bars measured against the printed scale."""
