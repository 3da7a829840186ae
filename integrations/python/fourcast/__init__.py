"""Forecasts of daily prices, with prediction intervals, for data frames of pandas and polars.

The functions start the program ``fourcast``, which the package installs beside the interpreter, and read what it
prints. The frame that goes in decides which kind comes out.

    >>> import fourcast, pandas
    >>> prices = pandas.read_csv("prices.csv", parse_dates=["Date"])
    >>> model = fourcast.train(prices, "model.safetensors")
    >>> model.predict(prices, path=5)
"""

from importlib.metadata import version

from ._api import Backtest, Model, backtest, load, predict, train
from ._program import Error, Failure, FourcastWarning, UsageError, program

__version__ = version("fourcast")

__all__ = [
    "Backtest",
    "Error",
    "Failure",
    "FourcastWarning",
    "Model",
    "UsageError",
    "backtest",
    "load",
    "predict",
    "program",
    "train",
]
