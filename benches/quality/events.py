#!/usr/bin/env python3
"""Writes a simulated market with event days whose move is three times as large, and the file of its events.

    benches/quality/events.py SEED PRICES.csv EVENTS.csv

GARCH(1,1) with a Student-t of 5, 3,000 weekdays, an event every 10 to 30 sessions at random; the variance of the day after
an event does not see the factor. Needs Python 3.9 and nothing else.
"""

import datetime
import math
import random
import sys


def student_t(rng, nu=5):
    chi = sum(rng.gauss(0, 1) ** 2 for _ in range(nu))
    return rng.gauss(0, 1) / math.sqrt(chi / nu) * math.sqrt((nu - 2) / nu)


def main(seed, prices, events):
    rng = random.Random(int(seed))
    variance, log_price, next_event = 1.0, math.log(100), rng.randint(10, 30)
    day = datetime.date(2010, 1, 4)
    with open(prices, "w") as price_file, open(events, "w") as event_file:
        print("Date,Close", file=price_file)
        print("Date", file=event_file)
        for session in range(3000):
            shock = math.sqrt(variance) * student_t(rng)
            variance = 0.02 + 0.06 * shock * shock + 0.92 * variance
            if session == next_event:
                print(day, file=event_file)
                shock *= 3
                next_event += rng.randint(10, 30)
            log_price += 0.01 * shock
            print(f"{day},{math.exp(log_price):.4f}", file=price_file)
            day += datetime.timedelta(days=3 if day.weekday() == 4 else 1)


main(*sys.argv[1:])
