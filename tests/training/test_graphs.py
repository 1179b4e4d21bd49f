"""The part of CUDA graphs that is ours, with torch's own part replaced: no GPU is needed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from ganlab.training.graphs import CudaGraphs, InFlight

CPU = torch.device("cpu")


class Driver:
    """Stands in for torch.cuda, and remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.registered: list[torch.Generator] = []

    def graph_of(self) -> Any:
        driver = self

        class Graph:
            def register_generator_state(self, rng: torch.Generator) -> None:
                driver.registered.append(rng)

            def replay(self) -> None:
                driver.said.append("replay")

        return Graph()

    @contextmanager
    def capture(self, graph: Any, *, pool: Any, stream: Any, capture_error_mode: str) -> Iterator[None]:
        self.said.append(("capture", pool, stream, capture_error_mode))
        yield
        self.said.append("captured")


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    made = Driver()
    stand_ins: dict[str, Callable[..., Any]] = {
        "CUDAGraph": made.graph_of,
        "graph": made.capture,
        "Stream": lambda device: "side stream",
        "graph_pool_handle": lambda: "pool",
        "current_stream": lambda device: "own stream",
        "set_stream": lambda stream: made.said.append(("set", stream)),
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(f"torch.cuda.{name}", stand_in)
    return made


def test_work_is_captured_with_its_generators_on_a_stream_of_its_own_and_replayed(driver: Driver):
    rng = torch.Generator().manual_seed(3)
    record = CudaGraphs(CPU, {"latent": rng})
    replays = [record(lambda: driver.said.append("work")) for _ in range(2)]
    assert driver.registered == [rng, rng]
    assert driver.said == 2 * [("capture", "pool", "side stream", "thread_local"), "work", "captured"]
    replays[1]()
    assert driver.said[-1] == "replay"


def test_after_a_capture_that_fails_the_stream_is_the_old_one_and_generators_draw_as_if_nothing_had_been(
    driver: Driver,
):
    class OnGpu:
        """A GPU's generator, which can take over another's place; a CPU's cannot."""

        device = CPU
        held = torch.Generator().manual_seed(3)

        def get_state(self) -> torch.Tensor:
            return self.held.get_state()

        def graphsafe_set_state(self, other: torch.Generator) -> None:
            self.held = other

    rng: Any = OnGpu()
    caught = rng.held

    def work() -> None:
        torch.rand(10, generator=rng.held)
        raise RuntimeError("operation not permitted when stream is capturing")

    with pytest.raises(RuntimeError, match="not permitted"):
        CudaGraphs(CPU, {"latent": rng})(work)
    assert driver.said[-1] == ("set", "own stream")
    assert rng.held is not caught, "what a broken capture holds is left to it"
    assert torch.equal(torch.rand(4, generator=rng.held), torch.rand(4, generator=torch.Generator().manual_seed(3)))


def test_the_host_waits_for_the_step_that_is_a_few_behind(monkeypatch: pytest.MonkeyPatch):
    said: list[tuple[str, int]] = []

    class Event:
        made = 0

        def __init__(self, *, blocking: bool) -> None:
            assert blocking, "waiting must leave the processor to others"
            Event.made += 1
            self.number = Event.made

        def record(self) -> None:
            said.append(("recorded", self.number))

        def synchronize(self) -> None:
            said.append(("waited for", self.number))

    monkeypatch.setattr("torch.cuda.Event", Event)
    in_flight = InFlight()
    for _ in range(5):
        in_flight.add()
    assert said[:3] == [("recorded", 1), ("recorded", 2), ("recorded", 3)]
    assert said[3:] == [("recorded", 4), ("waited for", 1), ("recorded", 5), ("waited for", 2)]
