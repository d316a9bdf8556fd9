"""How a crew hands out runs and replaces its dead, with actors that live in this process: no Ray is needed."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from ttc.backends.simulated import SimulatedBackend
from ttc.evaluation import Cell, Runner, load_examples
from ttc.evaluation.cluster import Cluster, Crew, units
from ttc.evaluation.jobs import Job


class Died(Exception):
    """Stands for RayActorError."""


class Method:
    """A remote method: `remote` gives what can be awaited."""

    def __init__(self, call: Any):
        self.remote = call


class Actor:
    """A worker whose `do` says who did it; `mortal` decides whether it dies instead."""

    def __init__(self, ray: "LocalRay", name: str):
        self.ray, self.name = ray, name
        self.do, self.stop = Method(self._do), Method(self._stop)

    async def _do(self, unit: tuple[Job, ...]) -> list[Any]:
        self.ray.doing.append(self.name)
        self.ray.most = max(self.ray.most, len(self.ray.doing))
        await asyncio.sleep(0)
        self.ray.doing.remove(self.name)
        if self.ray.mortal(self.name, unit):
            raise Died
        return [{"by": self.name} for _ in unit]

    async def _stop(self, failed: bool) -> None:
        self.ray.stopped.append((self.name, failed))


class LocalRay:
    """What a crew uses of the module `ray`."""

    exceptions = SimpleNamespace(RayActorError=Died)

    def __init__(self, mortal: Any):
        self.mortal, self.most = mortal, 0
        self.doing: list[str] = []
        self.stopped: list[tuple[str, bool]] = []
        self.released: list[str] = []

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 2.0}

    def put(self, parts: Any) -> Any:
        return parts

    def kill(self, actor: Any) -> None:
        pass

    def remote(self, kind: type) -> Any:
        def make(*given: Any) -> Any:
            if kind.__name__ == "Worker":
                return Actor(self, given[2])
            return SimpleNamespace(release=Method(self.released.append))

        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=make))


def crew_of(ray: LocalRay, at_once: int) -> tuple[Crew, Runner, list[str]]:
    told: list[str] = []
    runner = Runner(
        examples=load_examples("lab:test:count=5"),
        cells=[Cell("self_consistency", {"n": 2})],
        backend=SimulatedBackend(),
        at_once=at_once,
        report=told.append,
    )
    return Crew(ray, Cluster(workers=2), runner), runner, told


async def rows_of(crew: Crew, runner: Runner) -> dict[str, str]:
    rows = {job.example.problem.id: row["by"] async for job, row in crew.rows(units(runner.jobs(), False))}
    await crew.dismiss()
    return rows


async def test_units_go_to_all_workers_and_never_more_than_allowed() -> None:
    ray = LocalRay(lambda name, unit: False)
    crew, runner, told = crew_of(ray, at_once=4)
    rows = await rows_of(crew, runner)
    assert set(rows) == {job.example.problem.id for job in runner.jobs()}
    assert set(rows.values()) == {"0/0", "1/0"}
    assert ray.most == 4
    assert not told
    assert sorted(ray.stopped) == [("0/0", False), ("1/0", False)]


async def test_the_units_of_a_dead_worker_are_done_by_others_and_it_is_replaced_once() -> None:
    ray = LocalRay(lambda name, unit: name == "0/0")
    crew, runner, told = crew_of(ray, at_once=4)
    rows = await rows_of(crew, runner)
    assert len(rows) == 5
    assert "0/0" not in rows.values()
    assert told == ["worker 0/0 died; its runs are handed to another"]
    assert ray.released == ["0/0"]


async def test_a_unit_that_kills_its_workers_is_given_up() -> None:
    ray = LocalRay(lambda name, unit: unit[0].example.problem.id == doomed)
    crew, runner, told = crew_of(ray, at_once=2)
    doomed = next(runner.jobs()).example.problem.id
    with pytest.raises(RuntimeError, match="3 workers died with"):
        await rows_of(crew, runner)
    assert len(told) == 2
