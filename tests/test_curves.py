"""Curves: exact means, kept spikes, bounded memory, and readers that miss nothing."""

from __future__ import annotations

import numpy as np
import pytest

from ganlab.curves import MOST_BUCKETS, Curves, CurvesPart


def values(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=count).astype(np.float32)


def filled(steps: np.ndarray, *, most: int = 8, chunk: int = 5) -> Curves:
    curves = Curves(most)
    for begin in range(0, len(steps), chunk):
        curves.append({"loss_d": steps[begin : begin + chunk]})
    return curves


def by_hand(steps: np.ndarray, bucket: int) -> np.ndarray:
    """Mean, lowest and highest of each bucket, from the definition."""
    parts = [steps[begin : begin + bucket].astype(np.float64) for begin in range(0, len(steps), bucket)]
    return np.array([[part.mean() for part in parts], [part.min() for part in parts], [part.max() for part in parts]])


class Reader:
    """A client as the page's: it says what it has, and replaces everything from `start` on."""

    def __init__(self) -> None:
        self.bucket, self.series = 0, dict[str, np.ndarray]()

    def take(self, curves: Curves) -> CurvesPart:
        have = max((table.shape[1] for table in self.series.values()), default=0)
        part = curves.part(bucket=self.bucket, start=max(have - 1, 0))
        for name, new in part.series.items():
            kept = self.series.get(name, np.full((3, part.start), np.nan, np.float32))[:, : part.start]
            self.series[name] = np.concatenate([kept, new], axis=1)
        self.bucket = part.bucket
        return part


@pytest.mark.parametrize("chunk", [1, 3, 8, 64, 1000])
@pytest.mark.parametrize("count", [1, 7, 8, 9, 16, 17, 100, 1000])
def test_means_are_exact_and_spikes_are_kept_however_often_buckets_merged(count: int, chunk: int):
    steps = values(count)
    curves = filled(steps, chunk=chunk)
    part = curves.part()
    assert (part.start, part.count, curves.steps) == (0, -(-count // part.bucket), count)
    assert part.count <= 8
    assert part.bucket == 1 or count > 8 * part.bucket // 2, "no coarser than it must be"
    assert np.allclose(part.series["loss_d"][0], by_hand(steps, part.bucket)[0], atol=1e-6)
    assert np.array_equal(part.series["loss_d"][1:], by_hand(steps, part.bucket)[1:].astype(np.float32))


def test_memory_stays_bounded():
    curves = Curves()
    for _ in range(300):
        curves.append({"loss_d": values(1000), "loss_g": values(1000)})
    tables = [*curves._sums.values(), *curves._weights.values(), *curves._lows.values(), *curves._highs.values()]
    assert len(tables) == 8
    assert all(table.shape == (MOST_BUCKETS,) for table in tables)
    assert MOST_BUCKETS / 2 < curves.count <= MOST_BUCKETS
    assert curves.steps == 300_000


@pytest.mark.parametrize("seed", range(25))
def test_parts_put_together_are_the_whole_whenever_a_reader_asks(seed: int):
    rng = np.random.default_rng(seed)
    curves, patient, late = Curves(16), Reader(), Reader()
    for turn in range(60):
        count = int(rng.integers(0, 9))
        series = {"loss_d": values(count, turn)}
        if turn > 20:
            series["loss_g"] = values(count, turn + 1000)
        curves.append(series)
        for reader, share in ((patient, 0.5), (late, 0.1)):
            if rng.random() < share:
                reader.take(curves)
                whole = curves.part()
                assert reader.bucket == whole.bucket
                assert reader.series.keys() == whole.series.keys()
                for name, table in whole.series.items():
                    assert np.array_equal(reader.series[name], table, equal_nan=True)


def test_a_reader_gets_only_its_last_bucket_and_what_is_new():
    curves = filled(values(21), most=8)
    assert curves.bucket == 4
    part = curves.part(bucket=4, start=4)
    assert (part.start, part.count, part.series["loss_d"].shape) == (4, 6, (3, 2))
    assert np.array_equal(part.series["loss_d"], curves.part().series["loss_d"][:, 4:])


@pytest.mark.parametrize(("bucket", "start"), [(2, 3), (0, 0), (4, 6), (4, 7), (4, -1), (8, 1)])
def test_a_reader_of_something_else_gets_everything(bucket: int, start: int):
    """Another bucket size, or more than there is after a resume from an earlier snapshot."""
    part = filled(values(21), most=8).part(bucket=bucket, start=start)
    assert (part.bucket, part.start, part.count) == (4, 0, 6)


def test_a_series_that_appears_later_has_no_value_before():
    curves = Curves(8)
    curves.append({"loss_d": values(3)})
    curves.append({"loss_d": values(2), "penalty": np.array([5, 7], np.float32)})
    first = curves.part().series
    assert np.isnan(first["penalty"][:, :3]).all()
    assert first["penalty"][:, 3:].tolist() == [[5, 7], [5, 7], [5, 7]]
    assert np.isfinite(first["loss_d"]).all()
    curves.append({"loss_d": values(6)})
    merged = curves.part().series
    assert curves.bucket == 2
    assert np.isnan(merged["penalty"][:, [0, 3, 4, 5]]).all()
    assert merged["penalty"][:, 1:3].T.tolist() == [[5, 5, 5], [7, 7, 7]], "the mean of what there is"


def test_no_curves_yet_and_an_empty_append_are_no_special_case():
    curves = Curves()
    assert (curves.part().count, dict(curves.part().series), curves.names) == (0, {}, ())
    curves.append({})
    curves.append({"loss_d": values(0)})
    assert (curves.count, curves.steps, curves.names) == (0, 0, ("loss_d",))
    assert curves.part(bucket=1, start=0).series["loss_d"].shape == (3, 0)
