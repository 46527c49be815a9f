"""Money: an exact amount with its currency."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were combined."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount in one currency.

    ``amount`` keeps the digits it was given (``Decimal("12.50")`` stays two places); negative amounts are credits.
    ``currency`` is an ISO 4217 code such as ``USD``.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        """Refuse what cannot be money.

        Raises:
            ValueError: the amount is not finite, or the currency is not three capital letters.
        """
        if not self.amount.is_finite():
            raise ValueError(f"not an amount of money: {self.amount}")
        if len(self.currency) != 3 or not (self.currency.isascii() and self.currency.isupper()):
            raise ValueError(f"not an ISO 4217 currency code: {self.currency!r}")

    @classmethod
    def of(cls, amount: str, currency: str) -> Self:
        """Build from decimal text, as amounts travel on the wire.

        Raises:
            ValueError: the text is not a finite decimal number, or the currency is not a code.
        """
        try:
            return cls(Decimal(amount), currency)
        except InvalidOperation as error:
            raise ValueError(f"not a decimal number: {amount!r}") from error

    def __add__(self, other: "Money") -> "Money":
        """Add two amounts of one currency.

        Raises:
            CurrencyMismatch: the currencies differ.
        """
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Subtract an amount of the same currency.

        Raises:
            CurrencyMismatch: the currencies differ.
        """
        return Money(self.amount - self._same(other).amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add")
        return other
