"""The shards of a run as Ray tasks.

There are many more shards than workers, and Ray hands them out as workers become free, so that a slow shard holds up one
worker only. A task runs ``fourcast COMMAND ... --shard I/N --output FILE``. Prices, models and the folder of the shards must
have the same paths on all nodes (a shared file system). Each file is written atomically and a shard has the same bytes
whoever makes it, so a task may be run again after its node was lost, even if the first run of it still goes on there.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator, Sequence

import ray

from .tasks import FINISHED, call, each

ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])


@dataclass(frozen=True)
class Shards:
    """A run in shards."""

    #: The subcommand and its options, without --shard and --output: ``["predict", "prices.csv"]``.
    command: Sequence[str]
    #: Number of shards.
    count: int
    #: The folder of their results, one that all nodes share.
    folder: Path
    #: The ending of their names, which decides the format: ``csv``, ``json`` or ``parquet``.
    ending: str = "csv"
    #: The program.
    program: str = "fourcast"
    #: CPUs that Ray reserves for a task, which are also the threads of the program.
    cpus: float = 1
    #: How often a task is run again whose node was lost or whose program was killed.
    retries: int = 3
    #: The folder in which the program runs: relative paths of the command start from it.
    work_folder: Path = field(default_factory=Path.cwd)

    def file(self, index: int) -> Path:
        """The results of a shard, from 1."""
        width = len(str(self.count))
        return self.folder / f"shard-{index:0{width}}-of-{self.count}.{self.ending}"

    def files(self) -> list[Path]:
        """The results of all shards."""
        return [self.file(index) for index in range(1, self.count + 1)]


@dataclass(frozen=True)
class Finished:
    """A shard that is finished."""

    index: int
    #: Whether some of its series have an error in the place of results.
    has_errors: bool
    #: What the program wrote to standard error.
    messages: str
    #: The node that made it, as Ray names it.
    node: str
    #: Shards finished so far, this one among them, and the number of all.
    done: int
    count: int


def run(shards: Shards) -> Iterator[Finished]:
    """Runs all shards on the cluster that Ray is connected to, and yields each as it is finished.

    Raises ``Failed`` if a shard fails, or if its node is lost once more than it may be run again. The others are cancelled then;
    what is finished stays, and the next run skips it.
    """
    shards.folder.mkdir(parents=True, exist_ok=True)
    calls = [(shards, index) for index in range(1, shards.count + 1)]
    results = each(_task, calls, shards.cpus, shards.retries)
    for done, (index, code, messages, node) in enumerate(results, start=1):
        yield Finished(index, code != 0, messages, node, done, shards.count)


def merge(shards: Shards, output: Path | None = None, run_program: Callable[..., int] = subprocess.call) -> int:
    """Merges the finished shards into a file, or onto standard output, and returns the exit code of ``fourcast merge``."""
    to_file = [] if output is None else ["--output", str(output)]
    return run_program([shards.program, "merge", *map(str, shards.files()), *to_file], cwd=shards.work_folder)


def _task(shards: Shards, index: int) -> tuple[int, int, str, str]:
    """Runs the program for a shard, on whichever node."""
    arguments = [*shards.command, "--shard", f"{index}/{shards.count}", "--output", str(shards.file(index))]
    about = f"shard {index}/{shards.count}"
    done = call(shards.program, arguments, shards.work_folder, shards.cpus, about, FINISHED)
    return index, done.returncode, done.stderr, ray.get_runtime_context().get_node_id()
