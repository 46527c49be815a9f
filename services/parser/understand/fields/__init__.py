"""Fields: what each question to the bill may be answered with, and the answer that fits the others best."""
