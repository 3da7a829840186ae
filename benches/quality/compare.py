#!/usr/bin/env python3
"""Compares two files of `fourcast backtest --forecasts` on the same days.

    benches/quality/compare.py BASE.csv OTHER.csv [EVENTS.csv]

Prints, for all days and, with a file of event days, for those, the days after them and the others: the number of days,
the CRPS of the log return of OTHER over that of BASE, and the ratio of the widths of their 50 % intervals. Needs Python
3.9 and nothing else.
"""

import csv
import math
import sys

LEVELS = [0.01, *(k / 20 for k in range(1, 20)), 0.99]


def scores(path):
    """The CRPS and the width of the 50 % interval of each day, in log returns."""
    days = {}
    with open(path, newline="") as handle:
        for row in csv.DictReader(handle):
            origin = float(row["naive"])
            log_return = lambda column: math.log(float(row[column]) / origin)
            crps = 0.0
            for level in LEVELS:
                error = log_return("actual") - log_return(f"q{level:.2f}")
                crps += 2 * max(level * error, (level - 1) * error) / len(LEVELS)
            days[row["date"]] = (crps, log_return("q0.75") - log_return("q0.25"))
    return days


def main(base, other, events=None):
    base, other = scores(base), scores(other)
    days = sorted(base.keys() & other.keys())
    groups = {"all": days}
    if events:
        with open(events) as handle:
            is_event = {line.split(",")[0].strip() for line in handle}
        on = [day for day in days if day in is_event]
        after = [day for last, day in zip(days, days[1:]) if last in is_event and day not in is_event]
        groups |= {"event days": on, "the days after": after, "the others": sorted(set(days) - set(on) - set(after))}
    for name, group in groups.items():
        ratio = lambda k: sum(other[day][k] for day in group) / sum(base[day][k] for day in group)
        if group:
            print(f"{name}: {len(group)} days, CRPS {ratio(0):.4f}, width {ratio(1):.3f}")


main(*sys.argv[1:])
