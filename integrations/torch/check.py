"""Networks of PyTorch in the program: check.py FOURCAST, in an empty folder.

Trains LSTM, GRU and Simple RNN with torch on an invented series, writes their weights under their own names, loads
them with `train --init-from FILE --epochs 0`, and compares the forecasts of `predict` with those that PyTorch computes
from the same weights. Everything around the networks is docs/recompute.py. Then refines the pretrained networks of the
program, with their inputs, in the same way. Needs torch, numpy and safetensors.
"""

import json
import math
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs"))
import recompute

DAYS, HIDDEN, AHEAD = 1500, 16, [1, 2, 4, 7, 20, 30]
LEVELS = [0.5, 0.9]
#: The bound of .ci/recompute.
LIMIT = 1e-6
CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


class Network(torch.nn.Module):
    """The network of fourcast: its names are those of the model file."""

    def __init__(self, cell, inputs, layers, outputs):
        super().__init__()
        self.cell = cell
        setattr(self, cell, CELLS[cell](inputs, HIDDEN, layers, batch_first=True))
        self.head = torch.nn.Linear(HIDDEN, 3 * outputs)

    def forward(self, windows):
        states, _ = getattr(self, self.cell)(windows)
        return self.head(states[:, -1]).reshape(len(windows), -1, 3)


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"fourcast {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def write_prices(path):
    """A random walk whose volatility varies, with bars."""
    rng = np.random.default_rng(7)
    day, price, variance = date(2015, 1, 2), 40.0, 1e-4
    rows = ["Date,Open,High,Low,Close"]
    for _ in range(DAYS):
        move = math.sqrt(variance) * rng.standard_t(5) * math.sqrt(3 / 5)
        variance = 2e-6 + 0.9 * variance + 0.08 * move**2
        start = price * math.exp(0.2 * math.sqrt(variance) * rng.standard_normal())
        price *= math.exp(move)
        reach = np.exp(0.5 * math.sqrt(variance) * np.abs(rng.standard_normal(2)))
        high, low = max(start, price) * reach[0], min(start, price) / reach[1]
        rows.append(f"{day},{start:.6f},{high:.6f},{low:.6f},{price:.6f}")
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    Path(path).write_text("\n".join(rows) + "\n")


def training_set(model, prices):
    """Windows of scaled inputs, and for each day ahead of the network the return in units of volatility."""
    # Makes the table of scaled inputs, too.
    model.forecast(prices, [1], LEVELS)
    window, last, closes = model.config["window"], len(prices["close"]) - 1, np.log(prices["adjusted"])
    days = range(recompute.BACKCAST_DAYS + window - 1, last + 1 - model.output_horizons[-1])
    windows = np.stack([model.scaled[day + 1 - window : day + 1] for day in days])

    def target(day, ahead):
        residual = closes[day + ahead] - closes[day] - model.expected_return(day, ahead)
        return residual / model.unit(day, ahead)

    targets = np.array([[target(day, ahead) for ahead in model.output_horizons] for day in days])
    return torch.tensor(windows, dtype=torch.float32), torch.tensor(targets, dtype=torch.float32)


def loss_of(outputs, targets):
    """The negative log-likelihood of the Student-t distributions of docs/inputs.md."""
    nu = 2.1 + 3.0 * torch.nn.functional.softplus(outputs[..., 2])
    sigma = torch.exp(outputs[..., 1].clamp(-3.0, 3.0))
    return -torch.distributions.StudentT(nu, 0.1 * outputs[..., 0], sigma).log_prob(targets).mean()


def train(network, windows, targets, steps):
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = loss_of(network(windows), targets)
        loss.backward()
        optimizer.step()
    return loss.item()


def check(program, name, networks, options):
    """Loads the weights of the networks and compares forecasts."""
    tensors = {}
    for member, network in enumerate(networks):
        prefix = f"member.{member}." if member else ""
        tensors.update({prefix + key: value.contiguous() for key, value in network.state_dict().items()})
    save_file(tensors, f"{name}-weights.safetensors")
    file = f"{name}.safetensors"
    start = ["--init-from", f"{name}-weights.safetensors", "--epochs", 0]
    run(program, "train", "prices.csv", "-q", "-m", file, *start, *options)
    # As the network was trained.
    scalers = [recompute.Model(model).card["input_scalers"] for model in ("base.safetensors", file)]
    assert scalers[0] == scalers[1], f"{name}: other scales of the inputs"
    with safe_open(file, framework="pt") as written:
        assert set(written.keys()) == set(tensors), f"{name}: other tensors"
        for key in written.keys():
            assert torch.equal(written.get_tensor(key), tensors[key]), f"{name}: {key} was changed"

    double = [network.double() for network in networks]

    def outputs_of(windows, _tensors, prefix, _config):
        member = int(prefix.split(".")[1]) if prefix else 0
        with torch.no_grad():
            return double[member](torch.tensor(windows)).numpy()

    own, recompute.outputs_of = recompute.outputs_of, outputs_of
    forecasts = recompute.Model(file).forecast(recompute.read_prices("prices.csv"), AHEAD, LEVELS)
    recompute.outputs_of = own
    farthest = 0.0
    lines = run(program, "predict", "prices.csv", "-m", file, "-q", "--path", 30, "--format", "json").splitlines()
    for day, (median, ends) in zip(AHEAD, forecasts):
        row = json.loads(lines[day - 1])
        mine = {"forecast": median}
        for level, (lower, upper) in zip(LEVELS, ends):
            mine[f"lower_{100 * level:g}"], mine[f"upper_{100 * level:g}"] = lower, upper
        for key, value in mine.items():
            difference = abs(value / row[key] - 1.0)
            farthest = max(farthest, difference)
            if not difference < LIMIT:
                sys.exit(f"{name}, {day} days ahead: {key} is {value} of PyTorch, {row[key]} of fourcast")
    print(f"{name}: forecasts of days {AHEAD} differ from those of PyTorch by at most {farthest:.1e}")


def main():
    program = sys.argv[1]
    torch.manual_seed(4)
    torch.set_num_threads(1)
    write_prices("prices.csv")
    prices = recompute.read_prices("prices.csv")
    for cell in CELLS:
        for layers in (1, 2):
            name, options = f"{cell}{layers}", ["--cell", cell, "--layers", layers, "--ensemble", 1]
            # Not trained: for its configuration and the scales of its inputs, which are those of all rows.
            start = ["--init-from", "random", "--epochs", 0, "--valid-fraction", 0]
            run(program, "train", "prices.csv", "-q", "-m", "base.safetensors", *start, *options)
            base = recompute.Model("base.safetensors")
            network = Network(cell, len(base.config["inputs"]), layers, len(base.output_horizons))
            loss = train(network, *training_set(base, prices), steps=60)
            assert loss < 1.6, f"{name}: not trained, the loss is {loss}"
            check(program, name, [network], options)

    run(program, "train", "prices.csv", "-q", "-m", "base.safetensors", "--epochs", 0)
    base = recompute.Model("base.safetensors")
    networks = []
    for member in range(3):
        prefix = f"member.{member}." if member else ""
        network = Network("lstm", len(base.config["inputs"]), 1, len(base.output_horizons))
        own = {key: base.tensors[prefix + key] for key in network.state_dict()}
        network.load_state_dict({key: torch.tensor(value, dtype=torch.float32) for key, value in own.items()})
        train(network, *training_set(base, prices), steps=10)
        networks.append(network)
    check(program, "pretrained", networks, [])


if __name__ == "__main__":
    main()
