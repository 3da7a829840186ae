#!/usr/bin/env python3
"""Recomputes a forecast of fourcast from the model file and the prices alone.

    python recompute.py model.safetensors prices.csv [--day H]... [--level P]...

Needs numpy and safetensors. `docs/inputs.md` has the definitions in words; the names here are the same. Reads files with
the columns Date, Close and, where they exist, Open, High, Low, Adj Close and Volume, one row per day, oldest first. It
supports models of returns with the Student-t loss, cells lstm, gru and rnn (tanh), topology many-to-one, without
covariates.
"""

import argparse
import csv
import hashlib
import json
import math
from datetime import date

import numpy as np
from safetensors import safe_open

BACKCAST_DAYS = 30


# ---------------------------------------------------------------- prices


def read_prices(path):
    """The columns as arrays: dates as day numbers, and close, adjusted, open, high, low, volume where they exist."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    column = lambda name: np.array([float(row[name]) for row in rows]) if name in rows[0] else None
    prices = {
        "day": np.array([date.fromisoformat(row["Date"]).toordinal() for row in rows]),
        "close": column("Close"),
        "open": column("Open"),
        "high": column("High"),
        "low": column("Low"),
        "volume": column("Volume"),
    }
    adjusted = column("Adj Close")
    prices["adjusted"] = prices["close"] if adjusted is None else adjusted
    check_simple(prices)
    return prices


def check_simple(prices):
    """Refuses series with days without trade or with coarse price steps, which fourcast treats apart."""
    for name in ("close", "adjusted"):
        same = prices[name][-251:]
        unchanged = int(np.sum(same[1:] == same[:-1]))
        if unchanged >= max(5, math.ceil(0.05 * (len(same) - 1))):
            raise SystemExit(f"{unchanged} of the last {len(same) - 1} prices are unchanged: a price grid is not recomputed here")
    close, volume = prices["close"], prices["volume"]
    if volume is None:
        return
    halted = ((volume[1:] == 0) | (volume[1:] == volume[:-1])) & (close[1:] == close[:-1])
    begins_without_trade = volume[0] == 0 and np.count_nonzero(volume[1:21] > 0) > 5
    if begins_without_trade or np.any(halted):
        raise SystemExit("days without trade are not recomputed here")


# ---------------------------------------------------------------- exponentially weighted means


def weighted(values, start, decay):
    """EW_k: `start` in the place of the first value, then k times the mean before plus 1 - k times the value."""
    mean, means = start, []
    for day, value in enumerate(values):
        if day > 0:
            mean = decay * mean + (1.0 - decay) * value
        means.append(mean)
    return np.array(means)


class Indicators:
    """Daily columns of a series, each from rows up to the day."""

    def __init__(self, prices, initial_variance):
        self.prices = prices
        adjusted = prices["adjusted"]
        self.returns = np.concatenate([[0.0], np.log(adjusted[1:] / adjusted[:-1])])
        first = self.returns[1 : BACKCAST_DAYS + 1]
        if len(first) < BACKCAST_DAYS:
            self.initial = initial_variance
        else:
            self.initial = max(float(np.mean(first**2)), 1e-10)
        days = np.arange(1, len(adjusted) + 1)
        self.mean_squares = np.maximum((self.initial + np.cumsum(self.returns**2)) / days, 1e-10)
        variance = np.maximum(self.mean_square_return(0.94), 1e-10)
        self.s = np.maximum(np.sqrt(variance), 0.15 * np.sqrt(self.mean_squares))
        self.bars = self.make_bars()

    def mean_square_return(self, decay):
        return weighted(self.returns**2, self.initial, decay)

    def mean(self, values, decay, share=1.0):
        first = values[1 : BACKCAST_DAYS + 1]
        start = float(np.mean(first)) if len(first) == BACKCAST_DAYS else share * self.initial
        return weighted(values, start, decay)

    def log_mean(self, values, decay):
        first = np.log(values[1 : BACKCAST_DAYS + 1])
        start = float(np.mean(first)) if len(first) == BACKCAST_DAYS else math.log(self.initial)
        return weighted(np.log(values), start, decay)

    def make_bars(self):
        p, r, s = self.prices, self.returns, self.s
        floor = (0.05 * s) ** 2
        if p["open"] is None or p["high"] is None or p["low"] is None:
            return None
        o, c = p["open"], p["close"]
        most = np.exp(4.0 * s)
        high = np.minimum(np.maximum(p["high"], np.maximum(o, c)), np.maximum(o, c) * most)
        low = np.maximum(np.minimum(p["low"], np.minimum(o, c)), np.minimum(o, c) / most)
        span, body, up, down = np.log(high / low), np.log(c / o), np.log(high / c), np.log(low / c)
        gap = r - body
        gap[0] = 0.0
        width = np.where(high > low, high - low, 1.0)
        return {
            "gap": gap,
            "body": body,
            "close_location": np.where(high > low, 0.5 * (2 * c - high - low) / width, 0.0),
            "log_close_location": -0.5 * (up + down),
            "variance": np.maximum(0.5 * span**2 - (2 * math.log(2) - 1) * body**2 + gap**2, floor),
            "rogers_satchell": up * (up + body) + down * (down + body),
            "parkinson": span**2 / (4 * math.log(2)),
            "floor": floor,
        }


# ---------------------------------------------------------------- inputs, by the names that `fourcast explain` prints

# The names in model files of earlier versions.
EARLIER_NAMES = {
    "fall": "negative_return",
    "size": "absolute_return",
    "log_size": "log_absolute_return",
    "fall_share_80": "downside_variance_80",
    "fall_share_94": "downside_variance_94",
    "fall_share_98": "downside_variance_98",
    "evenness": "geary_ratio_94",
    "level": "volatility_level",
}


def log_ratio(variance, s):
    return 0.5 * np.log(np.maximum(variance, 1e-12) / s**2)


def downside_variance(x, decay):
    falls = x.mean(np.minimum(x.returns, 0.0) ** 2, decay, 0.5)
    return falls / np.maximum(x.mean_square_return(decay), 1e-12) - 0.5


def return_over(x, days):
    adjusted = x.prices["adjusted"]
    earlier = adjusted[np.maximum(np.arange(len(adjusted)) - days, 0)]
    return np.log(adjusted / earlier) / (x.s * math.sqrt(days))


def drawdown(x):
    logs = np.log(x.prices["adjusted"])
    highest = [logs[max(day - 249, 0) : day + 1].max() for day in range(len(logs))]
    return (logs - np.array(highest)) / (10.0 * x.s)


def geary_ratio(x):
    sizes = weighted(np.abs(x.returns), 0.8 * math.sqrt(x.initial), 0.94)
    return np.log(np.maximum(sizes, 1e-8) / x.s) + 0.25


def log_volume(x):
    """log V, at least the median of the last 250 days less 4; of an even number of days the upper median."""
    log = np.log(np.maximum(x.prices["volume"], 1e-9))
    window = lambda day: np.sort(log[max(day - 249, 0) : day + 1])
    median = np.array([window(day)[len(window(day)) // 2] for day in range(len(log))])
    return np.maximum(log, median - 4.0)


def volume(x, of):
    return np.zeros(len(x.s)) if x.prices["volume"] is None else of(log_volume(x))


def from_first(values, decay):
    return weighted(values, values[0], decay)


def announcements(x):
    """Standardised moves that may be earnings announcements; 0 on the first 30 days."""
    if x.bars is None:
        z = x.returns / np.concatenate([[np.inf], x.s[:-1]])
    else:
        v, z = 0.2 * x.s[0] ** 2, []
        for gap, s in zip(x.bars["gap"], x.s):
            z.append(gap / math.sqrt(v))
            v = 0.97 * v + 0.03 * max(min(gap * gap, 9.0 * v), 4e-4 * s * s)
        z = np.array(z)
    return np.where(np.arange(len(z)) < BACKCAST_DAYS, 0.0, z)


def seasonality(x):
    """The sums of announcements whole quarters before the next session: yearly, quarterly, nearby."""
    # A quarter, and how far beyond it a session may lie: in days, or in months.
    numbers, quarter_length, next_session = x.prices["day"], 91, 10
    if x.prices["frequency"] == "monthly":
        days = [date.fromordinal(int(day)) for day in numbers]
        numbers, quarter_length, next_session = np.array([12 * day.year + day.month for day in days]), 3, 1
    size = np.clip(np.abs(announcements(x)) - 2.0, 0.0, 4.0)
    yearly, quarterly, nearby = (np.zeros(len(numbers)) for _ in range(3))
    for quarter in range(1, 13):
        after = np.searchsorted(numbers, numbers - quarter_length * quarter, side="right")
        for day in range(len(numbers)):
            session = after[day]
            if session > 0 and numbers[session] <= numbers[day] - quarter_length * quarter + next_session:
                (yearly if quarter % 4 == 0 else quarterly)[day] += size[session]
                nearby[day] += max(size[session - 1], size[session + 1])
    return {
        "yearly_seasonality": np.log1p(yearly),
        "quarterly_seasonality": np.log1p(quarterly),
        "nearby_seasonality": np.log1p(nearby),
    }


def inputs_by_name(x):
    """Every input of a model of returns: a function of the day's columns, by its name in the model file."""
    r, s, bars = x.returns, x.s, x.bars
    volatility = lambda decay: lambda: log_ratio(x.mean_square_return(decay), s)
    bar_volatility = lambda decay: lambda: log_ratio(x.mean(bars["variance"], decay), s)
    log_bar = lambda decay: lambda: 0.5 * x.log_mean(bars["variance"], decay) - np.log(s)
    floored = lambda variance: np.maximum(variance, bars["floor"])
    seasonal = {}

    def season(name):
        if not seasonal:
            seasonal.update(seasonality(x))
        return seasonal[name]

    return {
        "return": lambda: r / s,
        "negative_return": lambda: np.minimum(r, 0.0) / s,
        "absolute_return": lambda: np.abs(r) / s,
        "log_absolute_return": lambda: np.log(np.abs(r) / s + 0.05) + 1.0,
        "overnight_gap": lambda: bars["gap"] / s,
        "body": lambda: bars["body"] / s,
        "close_location": lambda: bars["close_location"],
        "range_volatility": lambda: log_ratio(bars["variance"], s),
        "rogers_satchell": lambda: log_ratio(floored(bars["rogers_satchell"]), s),
        "trend": lambda: log_ratio(floored(bars["rogers_satchell"]), s) - log_ratio(floored(bars["parkinson"]), s),
        "range_volatility_50": bar_volatility(0.5),
        "range_volatility_80": bar_volatility(0.8),
        "range_volatility_94": bar_volatility(0.94),
        "range_volatility_98": bar_volatility(0.98),
        "range_volatility_99": bar_volatility(0.99),
        "log_range_volatility_50": log_bar(0.5),
        "log_range_volatility_94": log_bar(0.94),
        "rogers_satchell_94": lambda: log_ratio(floored(x.mean(bars["rogers_satchell"] + bars["gap"] ** 2, 0.94)), s),
        "overnight_gap_94": lambda: log_ratio(floored(x.mean(bars["gap"] ** 2, 0.94, 0.2)), s),
        "volatility_70": volatility(0.7),
        "fast_volatility": volatility(0.8),
        "volatility_97": volatility(0.97),
        "slow_volatility": volatility(0.98),
        "volatility_99": volatility(0.99),
        "week": lambda: return_over(x, 5),
        "month": lambda: return_over(x, 22),
        "downside_variance_80": lambda: downside_variance(x, 0.8),
        "downside_variance_94": lambda: downside_variance(x, 0.94),
        "downside_variance_98": lambda: downside_variance(x, 0.98),
        "geary_ratio_94": lambda: geary_ratio(x),
        "volatility_level": lambda: np.log(s / np.sqrt(x.mean_squares)),
        "drawdown": lambda: drawdown(x),
        "relative_volume": lambda: volume(x, lambda log: log - from_first(log, 0.95)),
        "volume_trend": lambda: volume(x, lambda log: from_first(log, 0.8) - from_first(log, 0.98)),
        "yearly_seasonality": lambda: season("yearly_seasonality"),
        "quarterly_seasonality": lambda: season("quarterly_seasonality"),
        "nearby_seasonality": lambda: season("nearby_seasonality"),
    }


# ---------------------------------------------------------------- the target: unit and expected return


def units(x, config, bar_ratio):
    if config["unit"] == "close_volatility":
        return x.s
    fast, slow = x.mean(x.bars["variance"], 0.9), x.mean_square_return(0.97)
    return np.maximum(np.sqrt(0.5 * bar_ratio * fast + 0.5 * slow), 0.1 * x.s)


class Garrote:
    """A regression slope through the origin that is zero unless it is `threshold` standard errors from zero."""

    def __init__(self, threshold, decay):
        self.threshold, self.decay = threshold, decay
        self.xx = self.xy = self.yy = self.weights = self.squares = 0.0

    def add(self, x, y):
        k = self.decay
        self.xx, self.xy, self.yy = k * self.xx + x * x, k * self.xy + x * y, k * self.yy + y * y
        self.weights, self.squares = k * self.weights + 1.0, k * k * self.squares + 1.0

    def slope(self, most):
        if self.xx == 0.0 or self.xy == 0.0:
            return 0.0
        b = self.xy / self.xx
        n = self.weights**2 / self.squares
        bound = self.threshold**2 * (self.yy / self.xx - b * b) / n
        return min(max(b, -most), most) * max(1.0 - bound / (b * b), 0.0)


def autocorrelation(x):
    """b of each day."""
    r, s = x.returns, x.s
    garrote, slopes = Garrote(3.3, 1.0), np.zeros(len(r))
    for day in range(BACKCAST_DAYS + 1, len(r)):
        garrote.add(np.clip(r[day - 1] / s[day - 1], -4, 4), np.clip(r[day] / s[day - 1], -4, 4))
        slopes[day] = garrote.slope(1.0)
    return slopes


def close_location_returns(x, slopes):
    """The return that the close location of each day predicts."""
    r, s, location = x.returns, x.s, np.clip(x.bars["log_close_location"] / x.s, -1.5, 1.5)
    garrote, predicted = Garrote(2.5, 0.5 ** (1 / 500)), np.zeros(len(r))
    for day in range(BACKCAST_DAYS + 1, len(r)):
        residual = (r[day] - slopes[day - 1] * r[day - 1]) / s[day - 1]
        garrote.add(location[day - 1], np.clip(residual, -4, 4))
        if day >= BACKCAST_DAYS + 100:
            predicted[day] = garrote.slope(math.inf) * location[day] * s[day]
    return predicted


# ---------------------------------------------------------------- the networks


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def lstm_step(x, state, w, hidden):
    h, c = state
    a = x @ w["weight_ih"].T + w["bias_ih"] + h @ w["weight_hh"].T + w["bias_hh"]
    i, f, o = (sigmoid(a[:, k * hidden : (k + 1) * hidden]) for k in (0, 1, 3))
    g = np.tanh(a[:, 2 * hidden : 3 * hidden])
    c = f * c + i * g
    return o * np.tanh(c), c


def gru_step(x, state, w, hidden):
    h, c = state
    of_x, of_h = x @ w["weight_ih"].T + w["bias_ih"], h @ w["weight_hh"].T + w["bias_hh"]
    part = lambda a, k: a[:, k * hidden : (k + 1) * hidden]
    r, z = (sigmoid(part(of_x, k) + part(of_h, k)) for k in (0, 1))
    n = np.tanh(part(of_x, 2) + r * part(of_h, 2))
    return (1.0 - z) * n + z * h, c


def rnn_step(x, state, w, hidden):
    h, c = state
    return np.tanh(x @ w["weight_ih"].T + w["bias_ih"] + h @ w["weight_hh"].T + w["bias_hh"]), c


STEPS = {"lstm": lstm_step, "gru": gru_step, "rnn": rnn_step}


def outputs_of(windows, tensors, prefix, config):
    """(windows, days ahead, 3) from (windows, days, inputs)."""
    hidden, step = config["hidden"], STEPS[config["cell"]]
    sequence = windows
    for layer in range(config["layers"]):
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        w = {name: tensors[f"{prefix}{config['cell']}.{name}_l{layer}"] for name in names}
        state = (np.zeros((len(windows), hidden)), np.zeros((len(windows), hidden)))
        states = []
        for day in range(sequence.shape[1]):
            state = step(sequence[:, day], state, w, hidden)
            states.append(state[0])
        sequence = np.stack(states, axis=1)
    outputs = sequence[:, -1] @ tensors[f"{prefix}head.weight"].T + tensors[f"{prefix}head.bias"]
    return outputs.reshape(len(windows), -1, 3)


# ---------------------------------------------------------------- the Student-t distribution


def log_density_at_zero(nu):
    return math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi)


NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)


def probability_from_zero(nu, t):
    """P(0 < T < t), by t = sqrt(nu) tan(angle): the integrand becomes cos(angle)^(nu - 1)."""
    end = math.atan(t / math.sqrt(nu))
    cosines = np.cos(0.5 * end * (NODES + 1.0)) ** (nu - 1.0)
    return math.exp(log_density_at_zero(nu)) * math.sqrt(nu) * 0.5 * end * float(WEIGHTS @ cosines)


def t_quantile(nu, p):
    if p == 0.5:
        return 0.0
    if p < 0.5:
        return -t_quantile(nu, 1.0 - p)
    low, high = 0.0, 1.0
    while probability_from_zero(nu, high) < p - 0.5:
        high *= 2.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if probability_from_zero(nu, middle) < p - 0.5:
            low = middle
        else:
            high = middle
        if high - low < 1e-14 * high:
            break
    return 0.5 * (low + high)


def softplus(a):
    return np.logaddexp(0.0, a)


class Distribution:
    """The distribution of one day ahead of one origin: the members' quantiles averaged, then calibrated."""

    def __init__(self, outputs):
        """(members, 3)"""
        self.mu = 0.1 * outputs[:, 0]
        self.sigma = np.exp(np.clip(outputs[:, 1], -3.0, 3.0))
        self.nu = np.clip(2.1 + 3.0 * softplus(outputs[:, 2]), 2.1, 1e6)
        self.width, self.levels, self.shift, self.asymmetry = 1.0, None, 0.0, 0.0

    def center(self):
        return float(np.mean(self.mu))

    def mean_absolute_deviation(self):
        of_unit = [2 * nu / (nu - 1) * math.exp(log_density_at_zero(nu)) for nu in self.nu]
        return float(np.mean(self.sigma * np.array(of_unit)))

    def raw_level(self, level):
        """The recalibration map, piecewise linear."""
        return float(np.interp(level, np.linspace(0.0, 1.0, len(self.levels)), self.levels))

    def median(self):
        return self.center() + self.shift

    def quantile(self, p):
        if p == 0.5:
            return self.median()
        raw = p
        if self.levels is not None:
            level = self.raw_level(abs(2.0 * p - 1.0))
            raw = 0.5 - 0.5 * level if p < 0.5 else 0.5 + 0.5 * level
        z = np.array([t_quantile(nu, raw) for nu in self.nu])
        distance = float(np.mean(self.mu + self.sigma * z)) - self.center()
        side = 1.0 - self.asymmetry if p < 0.5 else 1.0 + self.asymmetry
        return self.center() + self.shift + side * self.width * distance


# ---------------------------------------------------------------- the forecast


FORMAT_VERSIONS = (1, 2)


def check_card(text, tensors):
    """The card, of a format version that is known here and, if it has a checksum, with contents that the checksum is of."""
    card = json.loads(text)
    if card["format_version"] not in FORMAT_VERSIONS:
        raise SystemExit(f"format version {card['format_version']} is not known here, expected one of {FORMAT_VERSIONS}")
    if "sha256" not in card:
        if card["format_version"] > 1:
            raise SystemExit("no checksum, expected the one that files of format version 2 have")
        return card
    plain = text.removesuffix(f',"sha256":"{card["sha256"]}"}}') + "}"
    hashed = hashlib.sha256(plain.encode())
    for name in tensor_names(card["config"]):
        hashed.update(tensors[name].astype("<f4").tobytes())
    if hashed.hexdigest() != card["sha256"]:
        raise SystemExit("the checksum does not match: the file was damaged or changed after it was written")
    return card


def tensor_names(config):
    """The names of all tensors, network by network, in the order of the checksum."""
    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    names = [f"{config['cell']}.{part}_l{layer}" for layer in range(config["layers"]) for part in parts]
    names += ["head.weight", "head.bias"]
    return [f"member.{member}." * (member > 0) + name for member in range(config["ensemble"]) for name in names]


class Model:
    def __init__(self, path):
        with safe_open(path, framework="numpy") as file:
            text = file.metadata()["fourcast"]
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        config = json.loads(text)["config"]
        known = config["cell"] in STEPS and config["topology"] == "many-to-one" and config["target"] == "return"
        if not (known and config["loss"] == "student-t" and not config.get("covariates")):
            raise SystemExit("only many-to-one models of returns with lstm, gru or rnn are recomputed here")
        if config["cell"] == "rnn" and config["activation"] != "tanh":
            raise SystemExit("of rnn only tanh is recomputed here")
        self.card = check_card(text, tensors)
        self.tensors = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
        self.config = config
        # Files of earlier versions have the key "nodes".
        several = config.get("output_horizons") or config.get("nodes")
        self.output_horizons = several or [config["horizon"]]
        self.has_several = bool(several)

    def bar_ratio(self, x):
        """K: that of the training rows, or in a model of several series that of this one's rows up to a day."""
        panel = self.card["training"].get("panel")
        if panel and x.bars is not None:
            rows = int(np.sum(x.prices["day"] <= date.fromisoformat(panel["bar_ratio_until"]).toordinal()))
            if rows >= 120:
                first = 60 if rows > 120 else 1
                return np.sum(x.returns[first:rows] ** 2) / np.sum(x.bars["variance"][first:rows])
        return self.card["bar_ratio"]

    def forecast(self, prices, days, levels):
        """For each of `days` ahead the median price and the ends of the central intervals at `levels`."""
        # The last row of an unfinished week or month is left out by the program, and must be here.
        prices = {**prices, "frequency": self.card["training"].get("frequency", "daily")}
        x = Indicators(prices, self.card["initial_variance"])
        self.x, last = x, len(x.s) - 1
        self.units = units(x, self.config, self.bar_ratio(x))
        self.slopes = autocorrelation(x) if self.config["autocorrelation"] else np.zeros(len(x.s))
        located = self.config["close_location"] and x.bars is not None
        self.predicted = close_location_returns(x, self.slopes) if located else np.zeros(len(x.s))
        names = inputs_by_name(x)
        table = np.stack([names[EARLIER_NAMES.get(name, name)]() for name in self.config["inputs"]], axis=1)
        scalers = self.card["input_scalers"]
        mean, deviation = (np.array([scaler[key] for scaler in scalers]) for key in ("mean", "deviation"))
        self.scaled = np.clip((table - mean) / deviation, -5.0, 5.0).astype(np.float32).astype(np.float64)

        known_after, first = self.output_horizons[0], BACKCAST_DAYS + self.config["window"] - 1
        until = last + 1 - known_after
        origins = list(range(max(until - 600, first), max(until, first))) + [last]
        raw = self.raw(origins)
        width = self.error_scale(origins[:-1], raw[:-1])
        self.distributions = [self.calibrated(step, raw[-1][step], width) for step in range(len(self.output_horizons))]
        price = lambda outcome: float(prices["close"][last] * math.exp(outcome))
        answer = []
        for day in days:
            median = self.outcome(last, day, 0.5)
            ends = [[price(self.outcome(last, day, 0.5 + side * level / 2)) for side in (-1, 1)] for level in levels]
            answer.append((price(median), ends))
        return answer

    def raw(self, origins):
        """For each origin, for each output horizon, the raw distribution."""
        window = self.config["window"]
        windows = np.stack([self.scaled[origin + 1 - window : origin + 1] for origin in origins])
        prefixes = [""] + [f"member.{k}." for k in range(1, self.config["ensemble"])]
        outputs = np.stack([outputs_of(windows, self.tensors, prefix, self.config) for prefix in prefixes])
        return [[Distribution(outputs[:, k, step]) for step in range(outputs.shape[2])] for k in range(len(origins))]

    def expected_return(self, day, horizon):
        b = self.slopes[day]
        return sum(b**k for k in range(1, horizon + 1)) * self.x.returns[day] + self.predicted[day]

    def unit(self, day, horizon):
        return self.units[day] * math.sqrt(horizon)

    def error_scale(self, origins, raw):
        """The factor of widths by the errors of the last 600 days whose outcome is known."""
        baseline, horizon = self.card["baseline_error"], self.output_horizons[0]
        if baseline is None:
            return 1.0
        adjusted, mean = self.x.prices["adjusted"], baseline
        for day, distributions in zip(origins, raw):
            log_return = math.log(adjusted[day + horizon] / adjusted[day])
            target = (log_return - self.expected_return(day, horizon)) / self.unit(day, horizon)
            error = abs(target - distributions[0].median()) / distributions[0].mean_absolute_deviation()
            mean += 0.005 * (min(error, 4.0) - mean)
        return min(max(1.0 + 0.5 * (mean / baseline - 1.0), 0.5), 2.0)

    def calibrated(self, step, distribution, width):
        card, ahead = self.card, self.output_horizons[step]
        if self.has_several and card.get("init_from", card.get("start")) == "random":
            width *= 1.0 + ahead / max(card["training"]["training_windows"], 1)
        distribution.width = width
        if card["calibration"] is not None:
            distribution.levels = card["calibration"]["levels"][step]
        if card.get("skew"):
            skew = card["skew"][step]
            distribution.shift = skew["shift"] * width * float(np.mean(distribution.sigma))
            distribution.asymmetry = skew["asymmetry"]
        return distribution

    def outcome(self, last, day, p):
        """The quantile of the log return to `day` days ahead: between two output horizons it is interpolated."""
        horizons = self.output_horizons
        above = next((k for k, horizon in enumerate(horizons) if horizon >= day), len(horizons) - 1)
        below = above if horizons[above] == day or above == 0 else above - 1
        share = lambda of: (of(day) - of(horizons[below])) / (of(horizons[above]) - of(horizons[below]))
        between = lambda a, b, fraction: a if below == above else a + fraction * (b - a)
        median_of = lambda k: self.shift(last, k) + self.scale(last, k) * self.distributions[k].median()
        median = between(median_of(below), median_of(above), 0.0 if below == above else share(float))
        if p == 0.5:
            return median
        reached, distances = 0.0, []
        for k in range(above + 1):
            distance = self.scale(last, k) * (self.distributions[k].quantile(p) - self.distributions[k].median())
            widened = reached * (1.0 + 1e-5)
            reached = min(widened, distance) if p < 0.5 else max(widened, distance)
            distances.append(reached)
        return median + between(distances[below], distances[above], 0.0 if below == above else share(math.sqrt))

    def shift(self, last, step):
        horizon, scaler = self.output_horizons[step], self.card["target_scaler"]
        return self.expected_return(last, horizon) + scaler["mean"] * self.unit(last, horizon)

    def scale(self, last, step):
        return self.unit(last, self.output_horizons[step]) * self.card["target_scaler"]["deviation"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("prices")
    parser.add_argument("--day", type=int, action="append", help="days ahead (default 1); may be repeated")
    parser.add_argument("--level", type=float, action="append", help="levels of intervals (default 0.5 and 0.9)")
    options = parser.parse_args()
    days, levels = options.day or [1], options.level or [0.5, 0.9]
    for day, (median, ends) in zip(days, Model(options.model).forecast(read_prices(options.prices), days, levels)):
        record = {"day": day, "forecast": median}
        for level, (lower, upper) in zip(levels, ends):
            record[f"lower_{100 * level:g}"], record[f"upper_{100 * level:g}"] = lower, upper
        print(json.dumps(record))


if __name__ == "__main__":
    main()
