"""``python -m fourcast_ray predict prices.csv --shards 64 --output all.csv``"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import ray

from .search import Search, choose, evaluate
from .shards import Shards, merge, run
from .tasks import Failed

#: Options of the program that this one sets itself.
OWN = ("--shard", "--output", "--state")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fourcast_ray",
        allow_abbrev=False,
        description="Runs a fourcast command in shards on a Ray cluster and merges their results.",
        epilog="All other arguments are those of the command.",
    )
    parser.add_argument("command", choices=["train", "backtest", "predict", "tune"],
                        help="the subcommand; train needs --each")
    parser.add_argument("--shards", type=int, required=True, metavar="N", help="number of shards, many more than workers")
    parser.add_argument("--output", type=Path, metavar="FILE", help="the merged results, but of tune [default: standard output]")
    parser.add_argument("--parts", type=Path, default=Path("shards"), metavar="DIR",
                        help="folder of the shards' results or states, which all nodes share [default: shards]")
    parser.add_argument("--format", choices=["csv", "json"], default=None, help="[default: that of FILE's name, or csv]")
    parser.add_argument("--program", default="fourcast", metavar="PATH", help="the program on all nodes [default: fourcast]")
    parser.add_argument("--cpus", type=float, default=1, metavar="N", help="CPUs that a shard takes [default: 1]")
    parser.add_argument("--retries", type=int, default=3, metavar="N",
                        help="how often a shard is run again whose node was lost [default: 3]")
    parser.add_argument("--address", default=None, help="the Ray cluster [default: the one of this machine, or a new one]")
    return parser


def _ending(arguments: argparse.Namespace) -> str:
    if arguments.format:
        return arguments.format
    suffix = arguments.output.suffix.lower() if arguments.output else ""
    if suffix in (".json", ".jsonl", ".ndjson"):
        return "json"
    return "parquet" if suffix in (".parquet", ".pq") else "csv"


def main() -> int:
    """Runs the command line, and returns the exit code: that of ``fourcast merge`` or ``tune``, 1 if a shard failed."""
    parser = _arguments()
    arguments, others = parser.parse_known_args()
    if arguments.shards < 1:
        parser.error("--shards: expected a number from 1")
    taken = [option for option in others if option.split("=")[0] in OWN]
    if taken:
        parser.error(f"{taken[0]}: this program sets it for each shard")
    if arguments.command == "tune" and (arguments.output or arguments.format):
        parser.error("tune prints its table, and writes the model that --model names")
    ray.init(address=arguments.address, log_to_driver=False, logging_level="error")
    try:
        return _search(arguments, others) if arguments.command == "tune" else _shards(arguments, others)
    except Failed as failed:
        print(f"error: {failed}", file=sys.stderr)
        return 1
    finally:
        ray.shutdown()


def _shards(arguments: argparse.Namespace, others: list[str]) -> int:
    shards = Shards(
        command=[arguments.command, *others],
        count=arguments.shards,
        folder=arguments.parts.absolute(),
        ending=_ending(arguments),
        program=arguments.program,
        cpus=arguments.cpus,
        retries=arguments.retries,
    )
    for finished in run(shards):
        sys.stderr.write(finished.messages)
        print(f"{finished.done} of {finished.count} shards", file=sys.stderr)
    return merge(shards, arguments.output)


def _search(arguments: argparse.Namespace, others: list[str]) -> int:
    search = Search(
        command=[arguments.command, *others],
        count=arguments.shards,
        folder=arguments.parts.absolute(),
        program=arguments.program,
        cpus=arguments.cpus,
        retries=arguments.retries,
    )
    for evaluated in evaluate(search):
        print(f"{evaluated.known} of {evaluated.planned} evaluations", file=sys.stderr)
    return choose(search)


if __name__ == "__main__":
    sys.exit(main())
