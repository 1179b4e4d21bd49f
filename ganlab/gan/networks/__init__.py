"""Generators and discriminators, and one table of them.

A generator maps z (N, z_dim) to images (N, C, size, size) in [−1, 1] or to points (N, 2); a discriminator maps
either to raw scores (N,), without a sigmoid. Class-conditional ones take labels, int64 (N,), as well.
`spectral` norm stands on the weights of every convolution and linear layer of a network, the other norms between
its layers.
"""

from ganlab.gan.networks import fast
from ganlab.gan.networks.initialise import INITIALISERS, initialise
from ganlab.gan.networks.pair import Discriminator, Generator
from ganlab.gan.networks.parts import Shape
from ganlab.gan.networks.spectral import SpectralNorm
from ganlab.gan.networks.spread import spread_over
from ganlab.gan.networks.table import (
    NETWORKS,
    Network,
    build_generator,
    build_meta,
    build_networks,
    check_network,
)

__all__ = [
    "INITIALISERS",
    "NETWORKS",
    "Discriminator",
    "Generator",
    "Network",
    "Shape",
    "SpectralNorm",
    "build_generator",
    "build_meta",
    "build_networks",
    "check_network",
    "fast",
    "initialise",
    "spread_over",
]
