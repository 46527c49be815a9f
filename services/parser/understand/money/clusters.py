"""Clusters: amounts that end at one edge, as those of a column do."""

from services.parser.understand.layout.tokens import Token

ALIGNED_POINTS = 6.0
"""Amounts of one column end within this distance of each other."""


def clusters_of(tokens: list[Token]) -> list[list[Token]]:
    """Return the amounts by the edge that they end at; a sign of credit may hang out of its column."""
    clusters: list[list[Token]] = []
    hanging = [token for token in tokens if token.text[-1:].isalpha()]
    for token in sorted((token for token in tokens if not token.text[-1:].isalpha()), key=lambda one: one.box.right):
        if clusters and token.box.right - clusters[-1][-1].box.right <= ALIGNED_POINTS:
            clusters[-1].append(token)
        else:
            clusters.append([token])
    for token in hanging:
        # "CR" hangs out of its column on some bills and ends it on others.
        digits = token.box.right - (token.box.right - token.box.left) * _tail_share(token)
        edges = [
            c for c in clusters if any(abs(c[-1].box.right - x) <= ALIGNED_POINTS for x in (token.box.right, digits))
        ]
        if edges:
            max(edges, key=len).append(token)
        else:
            clusters.append([token])
    return clusters


def _tail_share(token: Token) -> float:
    """Return the share of a token's width behind its last digit."""
    text = token.text
    last = max((i for i, c in enumerate(text) if c.isdigit()), default=len(text) - 1)
    return 1 - (last + 1) / len(text)
