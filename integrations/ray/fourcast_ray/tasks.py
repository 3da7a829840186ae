"""Runs of the program as Ray tasks, and what they share: retries, failures, results as they come."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

import ray

# The nodes need the program and Ray, but not this package: what runs there is sent to them.
ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])

#: Exit codes of a run that is finished: all series have results; some have an error instead.
FINISHED = (0, 4)


class Failed(Exception):
    """A run of the program that failed; running it again would give the same."""


class Killed(Failed):
    """A program that was ended by a signal: it is run again."""


def each(task: Callable[..., Any], calls: Sequence[tuple], cpus: float, retries: int) -> Iterator[Any]:
    """Calls ``task`` with each of ``calls`` on the cluster, and yields the results as they come.

    Raises ``Failed`` if a call does, or if its node is lost once more than it may be run again. The others are cancelled then.
    """
    remote = ray.remote(task).options(num_cpus=cpus, max_retries=retries, retry_exceptions=[Killed])
    waiting = [remote.remote(*call) for call in calls]
    try:
        while waiting:
            ready, waiting = ray.wait(waiting)
            yield _result(ready[0])
    finally:
        for reference in waiting:
            ray.cancel(reference, force=True)


def _result(reference: ray.ObjectRef) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause if isinstance(error.cause, Failed) else error
    except ray.exceptions.RayError as error:
        raise Failed(str(error)) from error


def call(
    program: str, arguments: Sequence[str], work_folder: Path, cpus: float, about: str, finished: Sequence[int] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Runs the program with as many threads as it has CPUs, unless its arguments say how many."""
    is_said = any(argument.split("=")[0] == "--threads" for argument in arguments)
    threads = [] if is_said else ["--threads", str(max(1, int(cpus)))]
    # Without colours: messages are collected.
    environment = {**os.environ, "NO_COLOR": "1"}
    command = [program, *arguments, *threads]
    done = subprocess.run(command, cwd=work_folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode in finished:
        return done
    message = f"{about}: exit code {done.returncode}\n{done.stderr}"
    raise Killed(message) if done.returncode < 0 else Failed(message)
