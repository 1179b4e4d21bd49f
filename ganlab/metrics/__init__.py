"""Numbers about generated images."""

from __future__ import annotations

from ganlab.metrics.classifier import Classifier, Legibility, legibility, train_classifier

__all__ = ["Classifier", "Legibility", "legibility", "train_classifier"]
