"""The training job and its timing, shared by the peers and run.py."""

import argparse
import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

SEED = 4
# A multiple of every batch size in the table: XLA compiles for one shape, so a short last batch
# would cost it a second program.
WINDOWS = 4096
LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Job:
    """One row of the table."""

    hidden: int
    batch_size: int
    window: int
    threads: int

    def __str__(self) -> str:
        return f"{self.hidden}/{self.batch_size}/{self.window}/{self.threads}"


def returns(count: int) -> list[float]:
    """Independent daily log returns: the log price is a random walk."""
    source = random.Random(SEED)
    return [source.gauss(0.0, 0.01) for _ in range(count)]


def windows(window: int) -> tuple[list[list[float]], list[float]]:
    """WINDOWS inputs of `window` standardised returns each, and the return after each."""
    scaled = [value / 0.01 for value in returns(WINDOWS + window)]
    x = [scaled[start : start + window] for start in range(WINDOWS)]
    return x, scaled[window:]


def arguments(description: str, unrolls: bool = False) -> tuple[Job, float, bool]:
    """The command line of one peer: the job, the minimum number of seconds to time, and, of one that can
    unroll the days of a window, whether it must."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--window", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0, help="time at least this long")
    if unrolls:
        parser.add_argument("--unrolled", action="store_true", help="unroll the days of any window")
    options = parser.parse_args()
    if WINDOWS % options.batch_size:
        parser.error(f"--batch-size must divide {WINDOWS}")
    job = Job(options.hidden, options.batch_size, options.window, options.threads)
    return job, options.seconds, unrolls and options.unrolled


def pin(threads: int) -> None:
    """Restrict this process to `threads` processors; thread pools made later see only those.

    A request for one thread is not enough: a library's helper threads would still use another.
    """
    if hasattr(os, "sched_setaffinity"):  # Linux
        mine = sorted(os.sched_getaffinity(0))
        if len(mine) < threads:
            raise SystemExit(f"error: {threads} threads asked for, {len(mine)} processors allowed")
        os.sched_setaffinity(0, mine[:threads])


def measure(name: str, version: str, job: Job, seconds: float, epoch: Callable[[], float]) -> None:
    """Run one untimed epoch (it compiles, and fills caches), time the rest, print a JSON line.

    `epoch` runs one epoch to its end and returns its mean loss.
    """
    epoch()
    epochs = 0
    begin = time.perf_counter()
    while (elapsed := time.perf_counter() - begin) < seconds or epochs == 0:
        loss = epoch()
        epochs += 1
    # The returns have variance 1 and no pattern: forecasting zero has a loss of about 1, and a broken
    # optimiser a higher one. (NaN fails too.)
    if not loss < 1.1:
        raise SystemExit(f"error: {name} does not train: loss {loss}")
    print(
        json.dumps(
            {
                "contestant": name,
                "version": version,
                "job": str(job),
                "windows_per_second": round(WINDOWS * epochs / elapsed),
                "epochs": epochs,
                "seconds": round(elapsed, 3),
                "loss": round(loss, 6),
            }
        )
    )
