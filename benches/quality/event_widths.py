#!/usr/bin/env python3
"""Measures forecasts several days ahead of simulated events: widths of the 90 % interval over the true ones.

    benches/quality/event_widths.py FOURCAST [HORIZON]...

Three files of 6,000 independent normal returns, an event every 58 to 67 sessions whose move is 3.5 times as large, and
`backtest --events FILE --horizon H --test-days 3000 --refit-every 3000` for each horizon (1, 2, 3, 4, 5 and 10). For each,
by the session after the origin on which the next event falls, the width of the 90 % interval over the true one and, in
brackets, its coverage in per cent; last for origins without an event in 30 sessions. Needs Python 3.9 and nothing else.
"""

import csv
import datetime
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

FACTOR, DEVIATION, ROWS, Z95 = 3.5, 0.01, 6000, 1.6448536
NEXT = (1, 2, 3, 4, 5, None)


def simulate(seed, folder):
    """Writes prices and events; returns the days, and the places of the events among them."""
    rng = random.Random(seed)
    day, log_price, next_event = datetime.date(2000, 1, 3), math.log(100), rng.randint(58, 67)
    days, events = [], []
    with open(folder / "p.csv", "w") as prices, open(folder / "e.csv", "w") as dates:
        print("Date,Close", file=prices)
        print("date", file=dates)
        for session in range(ROWS):
            move = DEVIATION * rng.gauss(0, 1)
            if session == next_event:
                print(day, file=dates)
                events.append(session)
                next_event += rng.randint(58, 67)
                move *= FACTOR
            log_price += move
            print(f"{day},{math.exp(log_price):.6f}", file=prices)
            days.append(day.isoformat())
            day += datetime.timedelta(days=3 if day.weekday() == 4 else 1)
    return days, events


def measure(fourcast, folder, horizon, days, events):
    """For each test day the sessions to the next event, the width over the true one, and whether it covers."""
    forecasts = folder / "f.csv"
    command = [fourcast, "backtest", folder / "p.csv", "--events", folder / "e.csv", "--baselines", "naive", "-q"]
    command += ["--horizon", str(horizon), "--test-days", "3000", "--refit-every", "3000", "--forecasts", forecasts]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    place = {day: row for row, day in enumerate(days)}
    with open(forecasts, newline="") as handle:
        for row in csv.DictReader(handle):
            origin = place[row["origin"]]
            to_next = next((event - origin for event in events if event > origin), None)
            if to_next is None:
                continue
            lower, upper, actual = (math.log(float(row[name])) for name in ("q0.05", "q0.95", "actual"))
            variance = horizon + (FACTOR**2 - 1 if to_next <= horizon else 0)
            yield to_next, (upper - lower) / (2 * Z95 * DEVIATION * math.sqrt(variance)), lower <= actual <= upper


def main(fourcast, *horizons):
    print("| days ahead | event on 1 | on 2 | on 3 | on 4 | on 5 | none in 30 |")
    for horizon in [int(horizon) for horizon in horizons] or [1, 2, 3, 4, 5, 10]:
        found = []
        for seed in (1, 2, 3):
            with tempfile.TemporaryDirectory() as folder:
                found += measure(fourcast, Path(folder), horizon, *simulate(seed, Path(folder)))
        cells = []
        for wanted in NEXT:
            group = [(width, hit) for to_next, width, hit in found if (to_next > 30 if wanted is None else to_next == wanted)]
            width, hits = (sum(column) / len(group) for column in zip(*group))
            cells.append(f"{width:.2f} ({100 * hits:.0f})")
        print(f"| {horizon} | {' | '.join(cells)} |", flush=True)


main(*sys.argv[1:])
