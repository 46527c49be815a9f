"""Account and meter numbers, made comparable.

Bills print one number in many dresses: ``3001-4482-7``, ``3001 4482 7``. Matching goes by its letters and digits in capitals.
Leading zeros are kept: utilities print numbers at a fixed width, and to join two accounts wrongly is worse than to keep two
halves of one apart.
"""

import unicodedata
from functools import lru_cache

NUMBERS_KEPT = 4096
"""Numbers whose comparable form is remembered: a fold asks for those of a bill half a dozen times."""


@lru_cache(maxsize=NUMBERS_KEPT)
def normalised(number: str) -> str:
    """Return the letters and digits of a printed number, in capitals, compatibility forms (full width) folded."""
    folded = unicodedata.normalize("NFKC", number).upper()
    return "".join(sign for sign in folded if sign.isalnum())
