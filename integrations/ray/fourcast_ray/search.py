"""``fourcast tune`` on a cluster: the evaluations of each rung of the search are divided among the shards.

A shard runs ``fourcast tune ... --shard PROCESS/N`` with a state file of its own, and reads those of the others. When all
have made their part of a rung, the next rung begins, until every evaluation is made; then the program, run once more
without a shard, chooses, tests and trains the best. The state files keep every evaluation, so a search that was stopped
continues from them, and a shard may be run again after its node was lost. The table and the model are those of one
process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator, Sequence

import ray

from .tasks import FINISHED, Failed, call, each

ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])


@dataclass(frozen=True)
class Search:
    """A search in shards."""

    #: The subcommand and its options, without --shard and --state: ``["tune", "prices.csv"]``.
    command: Sequence[str]
    #: Number of shards.
    count: int
    #: The folder of their state files, one that all nodes share.
    folder: Path
    #: The program.
    program: str = "fourcast"
    #: CPUs that Ray reserves for a shard, which are also the threads of the program.
    cpus: float = 1
    #: How often a shard is run again whose node was lost or whose program was killed.
    retries: int = 3
    #: The folder in which the program runs: relative paths of the command start from it.
    work_folder: Path = field(default_factory=Path.cwd)

    def states(self) -> list[Path]:
        """The state files of all shards."""
        width = len(str(self.count))
        return [self.folder / f"search-{index:0{width}}-of-{self.count}.jsonl" for index in range(1, self.count + 1)]


@dataclass(frozen=True)
class Evaluated:
    """The evaluations after a rung."""

    #: Evaluations that are known to be made.
    known: int
    #: Those of the whole search.
    planned: int


def evaluate(search: Search) -> Iterator[Evaluated]:
    """Makes all evaluations on the cluster that Ray is connected to, and yields how many there are after each rung.

    Raises ``Failed`` if a shard fails, or if its node is lost once more than it may be run again. What is evaluated stays in the
    state files.
    """
    search.folder.mkdir(parents=True, exist_ok=True)
    calls = [(search, index) for index in range(1, search.count + 1)]
    known = -1
    while True:
        shards = list(each(_task, calls, search.cpus, search.retries))
        # A shard does not see what the others evaluate at the same time.
        furthest = max(shards, key=lambda shard: shard["known"])
        is_complete = furthest["rung"] is None
        if furthest["known"] <= known and not is_complete:
            raise Failed(f"no shard made an evaluation, and {furthest['missing']} are missing")
        known = furthest["known"]
        yield Evaluated(known, furthest["planned"])
        if is_complete:
            return


def choose(search: Search, run_program: Callable[..., int] = subprocess.call) -> int:
    """Chooses, tests and trains the best from the evaluations, prints the table, and returns the exit code."""
    states = [search.folder / "search.jsonl", *search.states()]
    return run_program([search.program, *search.command, *_states(states)], cwd=search.work_folder)


def _states(files: Sequence[Path]) -> list[str]:
    return [argument for file in files for argument in ("--state", str(file))]


def _task(search: Search, index: int) -> dict:
    """Runs the program for a shard, on whichever node: what it says of the rung."""
    states = search.states()
    own = states.pop(index - 1)
    arguments = [*search.command, "--shard", f"{index}/{search.count}", *_states([own, *states]), "--format", "json"]
    about = f"shard {index}/{search.count}"
    done = call(search.program, arguments, search.work_folder, search.cpus, about, FINISHED)
    # Before it there is a line for each series that has an error.
    return json.loads(done.stdout.splitlines()[-1])
