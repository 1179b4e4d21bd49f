"""What a GAN does in the plane, exactly: divergences of two distributions, what D proves of them, and the Dirac-GAN."""

from ganlab.plane.dirac import DiracGame
from ganlab.plane.divergences import best_discriminator, jensen_shannon, kullback_leibler, proven_by_scores
from ganlab.plane.grid import Grid
from ganlab.plane.modes import Modes, ModesFound, modes_found, modes_of
from ganlab.plane.transport import Transport, transport

__all__ = [
    "DiracGame",
    "Grid",
    "Modes",
    "ModesFound",
    "Transport",
    "best_discriminator",
    "jensen_shannon",
    "kullback_leibler",
    "modes_found",
    "modes_of",
    "proven_by_scores",
    "transport",
]
