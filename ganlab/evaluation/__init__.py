"""How good a generator is: its scores against the data that it learnt from, with what they rest on."""

from ganlab.evaluation.evaluate import COUNT, MOST_COUNT, Evaluation, best_of, evaluate, evaluate_images
from ganlab.evaluation.judge import Judge, watched
from ganlab.evaluation.networks import FEATURE_NETWORKS, FeatureNetworkName, Network, network_for, which_network
from ganlab.evaluation.reference import Reference, reference_of

__all__ = [
    "COUNT",
    "FEATURE_NETWORKS",
    "MOST_COUNT",
    "Evaluation",
    "FeatureNetworkName",
    "Judge",
    "Network",
    "Reference",
    "best_of",
    "evaluate",
    "evaluate_images",
    "network_for",
    "reference_of",
    "watched",
    "which_network",
]
