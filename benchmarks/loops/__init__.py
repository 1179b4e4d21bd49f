"""Training loops as they are commonly written, to be timed beside ganlab's: plain, honest, not slowed down.

They have what such code has (a DataLoader, a picture at a time made into floats, `.item()` at each step, G's graph kept
through D's update, all gradients of both networks) and the same networks, batches and optimisers as the recipe.
"""

from benchmarks.loops.dcgan import article_pair, dcgan_steps
from benchmarks.loops.pictures import Pictures, loader_of
from benchmarks.loops.table import CommonLoop, common_loop
from benchmarks.loops.wgan_gp import wgan_gp_steps

__all__ = [
    "CommonLoop",
    "Pictures",
    "article_pair",
    "common_loop",
    "dcgan_steps",
    "loader_of",
    "wgan_gp_steps",
]
