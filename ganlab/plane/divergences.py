"""Divergences of two distributions over the same cells, and what a discriminator proves of them.

p and q are shares of cells, float64 of one shape, each summing to 1. Everything is in nats.
"""

from __future__ import annotations

import numpy as np


def kullback_leibler(p: np.ndarray, q: np.ndarray) -> float:
    """Σ p log(p / q), 0 or more; infinite where q misses a cell of p."""
    held = p > 0
    if not q[held].all():
        return float("inf")
    return max(float(np.sum(p[held] * np.log(p[held] / q[held]))), 0.0)


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, from 0 (equal) to log 2 (nothing in common).

    Theorem 1 of Goodfellow et al. 2014: with the best D, G's value is 2·JSD − log 4.
    """
    middle = (p + q) / 2
    return min((kullback_leibler(p, middle) + kullback_leibler(q, middle)) / 2, float(np.log(2)))


def best_discriminator(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """D* = p / (p + q), the best answer to p and q (Goodfellow et al. 2014, proposition 1); NaN where both are 0."""
    total = p + q
    return np.divide(p, total, out=np.full_like(total, np.nan), where=total > 0)


def proven_by_scores(p: np.ndarray, q: np.ndarray, scores: np.ndarray) -> float:
    """log 2 − ½ cross-entropy of a D with these scores on the cells: never more than `jensen_shannon(p, q)`.

    Equal to it for the scores of D*, log(p / q); below 0 for a D that is worse than none. The gap to JS is D's fault,
    what is left of JS is G's. scores: before the sigmoid, one a cell, of any size.
    """
    entropy = np.sum(p * np.logaddexp(0, -scores)) + np.sum(q * np.logaddexp(0, scores))
    return float(np.log(2) - entropy / 2)
