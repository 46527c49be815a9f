"""Typed values in a line of text: numbers, money, quantities, dates; pure functions of the text."""
