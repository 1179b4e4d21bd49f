"""How good a generator is: its scores against the data that it learnt from, with what they rest on."""

from ganlab.evaluation.evaluate import COUNT, MOST_COUNT, Evaluation, best_of, evaluate, evaluate_images
from ganlab.evaluation.judge import Judge, watched
from ganlab.evaluation.networks import Network, needs_network, network_for
from ganlab.evaluation.reference import Reference, reference_of

__all__ = [
    "COUNT",
    "MOST_COUNT",
    "Evaluation",
    "Judge",
    "Network",
    "Reference",
    "best_of",
    "evaluate",
    "evaluate_images",
    "needs_network",
    "network_for",
    "reference_of",
    "watched",
]
