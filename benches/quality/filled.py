#!/usr/bin/env python3
"""Counts the made files of filled closes that `inspect` finds, and the clean ones that it takes for filled.

    benches/quality/filled.py FOURCAST

Closes of weeks, months, quarters and of every 21 and 42 sessions, repeated or interpolated on the sessions between, and
walks, walks whose price stands still on some days, and walks with momentum, at prices from 0.30 to 100 with two to four
decimals; 900 sessions each. Of the walks those that stand still are counted on their own: a warning of days without
trade is right there. Needs Python 3.9 and nothing else.
"""

import collections
import datetime
import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = 900
PRICES = [(0.3, 2), (0.3, 3), (1, 2), (2, 2), (5, 2), (20, 2), (100, 2), (2, 4)]
WORDS = ("without trade", "interpolated", "filled", "does not change")


def sessions():
    day, days = datetime.date(2019, 3, 1), []
    while len(days) < ROWS:
        if day.weekday() < 5:
            days.append(day)
        day += datetime.timedelta(1)
    return days


def knots(days, period):
    """The first session of each period, with the end."""
    key = {
        "week": lambda day: day.isocalendar()[:2],
        "month": lambda day: (day.year, day.month),
        "quarter": lambda day: (day.year, (day.month - 1) // 3),
    }
    if isinstance(period, int):
        first = list(range(0, ROWS, period))
    else:
        first = [row for row in range(ROWS) if row == 0 or key[period](days[row]) != key[period](days[row - 1])]
    return first + [ROWS]


def student(rng, freedom=4):
    return rng.gauss(0, 1) / math.sqrt(rng.gammavariate(freedom / 2, 2) / freedom) / math.sqrt(2)


def filled(rng, days, start, period, is_line):
    rows = knots(days, period)
    scale = 0.012 * math.sqrt(rows[1] - rows[0] if isinstance(period, int) else ROWS / len(rows))
    known = [start]
    for _ in rows[1:]:
        known.append(known[-1] * math.exp(scale * student(rng)))
    close = []
    for place, (first, end) in enumerate(zip(rows, rows[1:])):
        slope = (known[place + 1] - known[place]) / (end - first) if is_line else 0.0
        close.extend(known[place] + slope * (row - first) for row in range(first, end))
    return close


def walk(rng, start, scale, still=0.0, momentum=0.0):
    log_price, move, close = math.log(start), 0.0, []
    for _ in range(ROWS):
        move = 0.0 if rng.random() < still else momentum * move + scale * student(rng)
        log_price += move
        close.append(math.exp(log_price))
    return close


def files(rng, days):
    for start, decimals in PRICES:
        for period in ("week", "month", "quarter", 21, 42):
            for _ in range(2):
                yield f"repeated {start}", True, filled(rng, days, start, period, False), decimals
                yield f"interpolated {start}", True, filled(rng, days, start, period, True), decimals
        for scale in (0.002, 0.006, 0.012, 0.03):
            for _ in range(2):
                yield "walk", False, walk(rng, start, scale), decimals
                yield "momentum", False, walk(rng, start, scale, momentum=0.3), decimals
                for still in (0.3, 0.6, 0.85, 0.95):
                    yield f"still {still}", False, walk(rng, start, scale, still=still), decimals


def main():
    program, days = sys.argv[1], sessions()
    counts = collections.defaultdict(lambda: [0, 0])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.csv"
        for kind, _, close, decimals in files(random.Random(11), days):
            rows = (f"{day},{price:.{decimals}f}\n" for day, price in zip(days, close))
            path.write_text("Date,Close\n" + "".join(rows))
            command = [program, "inspect", str(path), "--format", "json"]
            found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            text = " ".join(warning["warning"] for warning in json.loads(found)["warnings"])
            counts[kind][0] += any(word in text for word in WORDS)
            counts[kind][1] += 1
    for kind, (found, of) in counts.items():
        print(f"{kind:20} {found:3} of {of} with a warning")


if __name__ == "__main__":
    main()
