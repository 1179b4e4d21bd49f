"""Generators and discriminators, and one table of them.

A generator maps z (N, z_dim) to images (N, C, size, size) in [−1, 1]; a discriminator maps
images to raw scores (N,). No discriminator has a sigmoid or batch norm inside.
"""

from ganlab.gan.networks.initialise import INITIALISERS, initialise
from ganlab.gan.networks.pair import Discriminator, Generator
from ganlab.gan.networks.parts import Dropout, Shape
from ganlab.gan.networks.table import NETWORKS, Network, build_generator, build_networks, check_network

__all__ = [
    "INITIALISERS",
    "NETWORKS",
    "Discriminator",
    "Dropout",
    "Generator",
    "Network",
    "Shape",
    "build_generator",
    "build_networks",
    "check_network",
    "initialise",
]
