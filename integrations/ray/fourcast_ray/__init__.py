"""Runs the shards of a fourcast command on a Ray cluster and merges their results, and searches with `fourcast tune` there."""

from .search import Evaluated, Search, choose, evaluate
from .shards import Finished, Shards, merge, run
from .tasks import Failed

__all__ = ["Evaluated", "Failed", "Finished", "Search", "Shards", "choose", "evaluate", "merge", "run"]
