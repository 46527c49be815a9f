"""The words of the trade: money, quantity, period, reading, outcome, refusal.

Standard library only, no input or output, no clock, and no ``float`` for money or energy.
"""
