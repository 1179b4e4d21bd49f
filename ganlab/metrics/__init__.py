"""Numbers about generated images."""

from __future__ import annotations

from ganlab.metrics.classifier import Legibility, legibility, train_classifier

__all__ = ["Legibility", "legibility", "train_classifier"]
