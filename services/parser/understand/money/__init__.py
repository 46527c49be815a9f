"""Money: the account summary, the described amounts, the sums they make, and what each commodity costs."""
