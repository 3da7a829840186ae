"""Runs the shards of a fourcast command on a Ray cluster and merges their results."""

from .shards import Failed, Finished, Shards, merge, run

__all__ = ["Failed", "Finished", "Shards", "merge", "run"]
