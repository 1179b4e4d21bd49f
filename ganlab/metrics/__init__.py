"""Numbers about generated images."""

from __future__ import annotations

from ganlab.metrics.classifier import Classifier, Legibility, legibility, train_classifier
from ganlab.metrics.scores import SCORES, Score, Scored, ScoreName, possible, scored
from ganlab.metrics.seen import Seen

__all__ = [
    "SCORES",
    "Classifier",
    "Legibility",
    "Score",
    "ScoreName",
    "Scored",
    "Seen",
    "legibility",
    "possible",
    "scored",
    "train_classifier",
]
