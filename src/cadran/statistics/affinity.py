"""What is bought by the same clients, more often than chance would have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadran.statistics.intervals import Floats, two_sided_z

Codes = npt.NDArray[np.int64]

FEWEST_CLIENTS = 10
"""Under this number of common clients a lift has no usable interval, and no recommendation stands on it."""


@dataclass(frozen=True)
class Affinities:
    """Ordered pairs "who has the antecedent has the consequent", as columns; the surest link first.

    `clients` have both; `support` is their share of all clients, `confidence` their share of the antecedent's, and
    `lift` compares that with the consequent's share of all clients: 1 means that one tells nothing about the other.
    """

    antecedent: Codes
    consequent: Codes
    clients: Codes
    support: Floats
    confidence: Floats
    lift: Floats
    lift_low: Floats
    lift_high: Floats

    def __len__(self) -> int:
        return len(self.antecedent)

    @property
    def recommended(self) -> npt.NDArray[np.bool_]:
        """The link is there beyond chance, however often either product sells by itself."""
        return self.lift_low > 1


def affinities(
    clients: npt.ArrayLike, products: npt.ArrayLike, *, fewest: int = FEWEST_CLIENTS, level: float = 0.95
) -> Affinities:
    """Support, confidence and lift of every pair of products that at least `fewest` clients have both of.

    One row per purchase: the client's code and the product's (integers; repeats count once). All clients of the table
    are the population, those of rare products included.

    The interval of a lift is the delta method's on its logarithm, under multinomial sampling of clients. Among
    thousands of pairs some look linked by luck, so the intervals hold together: the error is shared out over all
    the pairs that could have been formed (Bonferroni).
    """
    client_codes, product_codes = np.asarray(clients, dtype=np.int64), np.asarray(products, dtype=np.int64)
    if client_codes.shape != product_codes.shape or client_codes.ndim != 1:
        raise ValueError(f"{client_codes.size} clients for {product_codes.size} products")
    names, together, population = _together(client_codes, product_codes, fewest)
    first, second = np.nonzero((together >= max(fewest, 1)) & ~np.eye(len(names), dtype=bool))
    alone = np.diagonal(together)
    possible = max(len(names) * (len(names) - 1) // 2, 1)
    pairs = _measured(
        both=together[first, second],
        antecedent=alone[first],
        consequent=alone[second],
        population=population,
        z=two_sided_z(1 - (1 - level) / possible),
    )
    order = np.lexsort((names[second], names[first], -pairs["confidence"], -pairs["lift_low"]))
    columns = {name: column[order] for name, column in pairs.items()}
    return Affinities(
        antecedent=names[first][order],
        consequent=names[second][order],
        clients=together[first, second][order],
        **columns,
    )


def _together(clients: Codes, products: Codes, fewest: int) -> tuple[Codes, Codes, int]:
    """The products with enough clients, the square count of clients that have two of them, and the population.

    A product rarer than `fewest` cannot be part of a pair that is not, so it never enters the square.
    """
    from scipy.sparse import csr_array

    people, person = np.unique(clients, return_inverse=True)
    names, name = np.unique(products, return_inverse=True)
    ones = np.ones(len(person), dtype=np.int64)
    has = csr_array((ones, (person, name)), shape=(len(people), len(names)))
    has.data[:] = 1  # a client who bought twice is one client
    kept = np.flatnonzero(np.asarray(has.sum(axis=0)).ravel() >= fewest)
    has = has[:, kept]
    return names[kept], (has.T @ has).toarray().astype(np.int64), len(people)


def _measured(both: Codes, antecedent: Codes, consequent: Codes, population: int, z: float) -> dict[str, Floats]:
    confidence = both / antecedent
    lift = confidence * population / consequent
    # Var(ln lift), from the gradient of ln p12 - ln p1 - ln p2 in the four cells; (1/p1 - 1)(1/p2 - 1)/n if unlinked.
    variance = 1 / both - 1 / antecedent - 1 / consequent + (2 * lift - 1) / population
    spread = np.exp(z * np.sqrt(np.maximum(variance, 0)))
    return {
        "support": both / population,
        "confidence": confidence,
        "lift": lift,
        "lift_low": lift / spread,
        "lift_high": lift * spread,
    }
