"""The shards of a run as Ray tasks.

There are many more shards than workers, and Ray hands them out as workers become free, so that a slow shard holds up one
worker only. A task runs ``fourcast COMMAND ... --shard I/N --output FILE``. Prices, models and the folder of the shards must
have the same paths on all nodes (a shared file system). Each file is written whole or not at all and a shard has the same bytes
whoever makes it, so a task may be run again after its node was lost, even if the first run of it still goes on there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator, Sequence

import ray

# The nodes need the program and Ray, but not this package: what runs there is sent to them.
ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])

#: Exit codes with which a shard is finished: all series have results; some have an error instead.
FINISHED = (0, 4)


class Failed(Exception):
    """A shard or a merge that failed; running it again would give the same."""


class Killed(Failed):
    """A program that was ended by a signal: it is run again."""


@dataclass(frozen=True)
class Shards:
    """A run in shards."""

    #: The subcommand and its options, without --shard and --output: ``["predict", "prices.csv"]``.
    command: Sequence[str]
    #: Number of shards.
    count: int
    #: The folder of their results, one that all nodes share.
    folder: Path
    #: The ending of their names, which decides the format: ``csv`` or ``json``.
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
    #: What the program said on standard error.
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
    task = ray.remote(_task).options(num_cpus=shards.cpus, max_retries=shards.retries, retry_exceptions=[Killed])
    waiting = [task.remote(shards, index) for index in range(1, shards.count + 1)]
    try:
        while waiting:
            ready, waiting = ray.wait(waiting)
            index, code, messages, node = _result(ready[0])
            yield Finished(index, code != 0, messages, node, shards.count - len(waiting), shards.count)
    finally:
        for reference in waiting:
            ray.cancel(reference, force=True)


def merge(shards: Shards, output: Path | None = None, run_program: Callable[..., int] = subprocess.call) -> int:
    """Merges the finished shards into a file, or onto standard output, and returns the exit code of ``fourcast merge``."""
    to_file = [] if output is None else ["--output", str(output)]
    return run_program([shards.program, "merge", *map(str, shards.files()), *to_file], cwd=shards.work_folder)


def _result(reference: ray.ObjectRef) -> tuple[int, int, str, str]:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause if isinstance(error.cause, Failed) else error
    except ray.exceptions.RayError as error:
        raise Failed(str(error)) from error


def _task(shards: Shards, index: int) -> tuple[int, int, str, str]:
    """Runs the program for a shard, on whichever node."""
    shard = ["--shard", f"{index}/{shards.count}", "--output", str(shards.file(index))]
    threads = [] if "--threads" in shards.command else ["--threads", str(max(1, int(shards.cpus)))]
    command = [shards.program, *shards.command, *shard, *threads]
    done = subprocess.run(command, cwd=shards.work_folder, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode in FINISHED:
        return index, done.returncode, done.stderr, ray.get_runtime_context().get_node_id()
    about = f"shard {index}/{shards.count}: exit code {done.returncode}\n{done.stderr}"
    raise Killed(about) if done.returncode < 0 else Failed(about)


def _environment() -> dict[str, str]:
    """Without colours: messages are collected."""
    return {**os.environ, "NO_COLOR": "1"}
