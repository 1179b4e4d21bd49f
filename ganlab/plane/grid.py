"""A partition of the plane into cells, on which two distributions of points are compared exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Half the width of the square that the cells divide, and cells a side. Data lie mostly within ±1.
REACH, SIDE = 1.5, 64


@dataclass(frozen=True)
class Grid:
    """side × side squares that fill ±reach; those at the rim reach to infinity, so that every point has a cell."""

    reach: float = REACH
    side: int = SIDE

    @property
    def ticks(self) -> np.ndarray:
        """Coordinates (side,) of the cells' middles, from the least."""
        return (np.arange(self.side) + 0.5) * (2 * self.reach / self.side) - self.reach

    @property
    def centres(self) -> np.ndarray:
        """Middles of the cells, (side², 2), by rows from the lower left, as `shares` has them."""
        x, y = np.meshgrid(self.ticks, self.ticks)
        return np.stack([x.ravel(), y.ravel()], 1)

    def shares(self, points: np.ndarray) -> np.ndarray:
        """Share of the points (N, 2) in each cell, float64 (side², ), which sums to 1. N ≥ 1, all finite."""
        assert len(points) and np.isfinite(points).all()
        scaled = np.floor((np.asarray(points, np.float64) + self.reach) * (self.side / (2 * self.reach)))
        cells = np.clip(scaled, 0, self.side - 1).astype(np.int64)
        return np.bincount(cells[:, 1] * self.side + cells[:, 0], minlength=self.side**2) / len(points)
