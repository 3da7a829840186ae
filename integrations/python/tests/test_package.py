"""The package as it is installed: every kind of frame gives the forecasts of the command line, errors their place."""

from __future__ import annotations

import datetime
import json
import math
import pickle
import subprocess
import tempfile
import unittest
import warnings
from pathlib import Path
from typing import Any, Dict, List
from unittest import mock

import numpy as np
import pandas as pd
import polars as pl

import fourcast

DAYS = 700
SMALL: Dict[str, Any] = {"init_from": "random", "hidden": 4, "epochs": 1, "ensemble": 1, "cell": "rnn"}


def bars(seed: int, days: int = DAYS) -> pd.DataFrame:
    """Weekdays of a random walk, with bars."""
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(0.01 * rng.standard_normal(days)))
    reach = np.exp(0.004 * np.abs(rng.standard_normal(days)))
    open_ = close * np.exp(0.003 * rng.standard_normal(days))
    return pd.DataFrame(
        {
            "Date": pd.bdate_range("2020-01-01", periods=days),
            "Open": open_.round(4),
            "High": (np.maximum(open_, close) * reach).round(4),
            "Low": (np.minimum(open_, close) / reach).round(4),
            "Close": close.round(4),
            "Volume": rng.integers(1_000_000, 9_000_000, days),
        }
    )


def long(tickers: str = "ABC") -> pd.DataFrame:
    """A long frame of several tickers."""
    each = [bars(seed).assign(Ticker=ticker) for seed, ticker in enumerate(tickers)]
    return pd.concat(each, ignore_index=True)


def command(frame: pd.DataFrame, *options: str) -> List[Dict[str, Any]]:
    """What the program itself answers of a file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prices.csv"
        frame.to_csv(file, index=False)
        line = [str(fourcast.program()), "predict", str(file), "--pretrained", "--format", "json", *options]
        answer = subprocess.run(line, capture_output=True, check=True, text=True)
    return [json.loads(one) for one in answer.stdout.splitlines()]


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        # A warning that no test expects is an error.
        caught = warnings.catch_warnings()
        caught.__enter__()
        self.addCleanup(caught.__exit__, None, None, None)
        warnings.simplefilter("error")


class Frames(Case):
    def forecasts(self, frame: Any, **options: Any) -> List[float]:
        return [float(price) for price in fourcast.predict(frame, **options)["forecast"]]

    def test_a_frame_gives_the_forecast_of_its_file(self) -> None:
        prices = bars(1)
        expected = command(prices, "--path", "3", "--levels", "0.8", "--quantiles", "0.01,0.05", "--above", "50")
        asked: Dict[str, Any] = {"path": 3, "levels": 0.8, "quantiles": [0.01, 0.05], "above": 50}
        of_pandas = fourcast.predict(prices, **asked)
        of_polars = fourcast.predict(pl.from_pandas(prices), **asked)
        self.assertIsInstance(of_pandas, pd.DataFrame)
        self.assertIsInstance(of_polars, pl.DataFrame)
        self.assertEqual(list(of_pandas.columns), list(expected[0]))
        self.assertEqual(of_polars.columns, list(expected[0]))
        for place, row in enumerate(expected):
            for name in ("forecast", "lower_80", "upper_80", "q0.01", "q0.05", "p_above_50"):
                self.assertEqual(of_pandas[name].iloc[place], row[name])
                self.assertEqual(of_polars[name][place], row[name])

    def test_dates_are_dates_and_numbers_are_floats(self) -> None:
        prices = bars(2)
        last = prices["Date"].iloc[-1]
        of_pandas = fourcast.predict(prices)
        self.assertEqual(of_pandas["origin"].iloc[0], last)
        self.assertEqual(of_pandas["date"].dtype.kind, "M")
        self.assertEqual(of_pandas["lower_50"].dtype, np.dtype("float64"))
        of_polars = fourcast.predict(pl.from_pandas(prices))
        self.assertEqual(of_polars["origin"][0], last.date())
        self.assertEqual(of_polars.schema["date"], pl.Date)
        self.assertEqual(of_polars.schema["forecast"], pl.Float64)
        self.assertEqual(of_polars.schema["trained_on"], pl.String)

    def test_dates_may_be_the_index(self) -> None:
        prices = bars(3)
        expected = self.forecasts(prices)
        indexed = prices.set_index("Date")
        self.assertEqual(self.forecasts(indexed), expected)
        self.assertEqual(self.forecasts(indexed.rename_axis(None)), expected)
        self.assertEqual(self.forecasts(prices.set_index("Date", drop=False)), expected)
        self.assertEqual(self.forecasts(indexed.set_axis(pd.PeriodIndex(prices["Date"], freq="D"))), expected)
        self.assertEqual(self.forecasts(indexed.set_axis([str(day.date()) for day in indexed.index])), expected)
        # The index of rows that are left of others is not a date.
        self.assertEqual(self.forecasts(pd.concat([prices.head(1).assign(Close=1), prices]).tail(DAYS)), expected)
        self.assertEqual(self.forecasts(prices.iloc[::-1]), expected)

    def test_a_day_is_that_of_the_exchange(self) -> None:
        prices = bars(4)
        expected = self.forecasts(prices)
        for zone in ("America/New_York", "Asia/Tokyo"):
            zoned = prices.assign(Date=prices["Date"].dt.tz_localize(zone))
            self.assertEqual(self.forecasts(zoned), expected)
            self.assertEqual(self.forecasts(zoned.set_index("Date")), expected)
            self.assertEqual(self.forecasts(pl.from_pandas(zoned)), expected)
            tickers = zoned.assign(Ticker="A").set_index(["Date", "Ticker"])
            self.assertEqual(fourcast.predict(tickers)["origin"].iloc[0], prices["Date"].iloc[-1])

    def test_a_series_of_closes_is_enough(self) -> None:
        prices = bars(5)
        closes = prices.set_index("Date")["Close"]
        expected = self.forecasts(prices[["Date", "Close"]])
        self.assertEqual(self.forecasts(closes), expected)
        self.assertEqual(self.forecasts(closes.rename(None)), expected)
        self.assertEqual(self.forecasts(closes.rename("ACME")), expected)

    def test_thousandths_are_no_thousands(self) -> None:
        prices = bars(6)[["Date", "Close"]]
        # Three decimals each, which alone could be thousands.
        whole = (prices["Close"] * 100).round()
        thousandths = prices.assign(Close=(whole + (whole % 10 == 0)) / 1000)
        price = self.forecasts(thousandths)[0]
        self.assertAlmostEqual(price, thousandths["Close"].iloc[-1], delta=0.1)
        # Texts, and numbers that are written with an exponent.
        self.assertEqual(self.forecasts(thousandths.astype({"Close": str}))[0], price)
        self.assertAlmostEqual(self.forecasts(thousandths.assign(Close=thousandths["Close"] * 1e-6))[0] * 1e6, price, 4)

    def test_several_series_in_every_form(self) -> None:
        tickers = long()
        expected = [self.forecasts(bars(seed))[0] for seed in range(3)]
        forms: Dict[str, Any] = {
            "long": tickers,
            "index of two levels": tickers.set_index(["Ticker", "Date"]),
            "without names": tickers.set_index(["Ticker", "Date"]).rename_axis([None, None]),
            "polars": pl.from_pandas(tickers),
            "lazy": pl.from_pandas(tickers).lazy(),
            "categories": tickers.astype({"Ticker": "category"}),
            "names of two levels": tickers.pivot(index="Date", columns="Ticker"),
        }
        for form, frame in forms.items():
            with self.subTest(form):
                answer = fourcast.predict(frame)
                self.assertEqual(list(answer["series"]), ["A", "B", "C"])
                self.assertEqual(list(answer["forecast"]), expected)

    def test_closes_of_several_series_in_columns(self) -> None:
        wide = long().pivot(index="Date", columns="Ticker", values="Close")
        expected = [self.forecasts(bars(seed)[["Date", "Close"]])[0] for seed in range(3)]
        for frame in (wide, wide.rename_axis(None).rename_axis(None, axis=1), wide.reset_index()):
            self.assertEqual(self.forecasts(frame), expected)
        answer = fourcast.predict(pl.from_pandas(wide.reset_index()))
        self.assertEqual(list(answer["forecast"]), expected)

    def test_the_frame_is_not_changed(self) -> None:
        prices = bars(7).set_index("Date").rename_axis(None)
        before = prices.copy()
        fourcast.predict(prices)
        pd.testing.assert_frame_equal(prices, before)

    def test_a_series_without_a_name_is_given_one(self) -> None:
        self.assertEqual(list(fourcast.predict(bars(8))["series"]), ["prices"])
        self.assertEqual(list(fourcast.predict(bars(8), name="BRK.B")["series"]), ["BRK.B"])
        with self.assertRaisesRegex(ValueError, "name='a/b'"):
            fourcast.predict(bars(8), name="a/b")

    def test_what_is_no_frame_is_refused(self) -> None:
        not_a_frame: Any = [1, 2, 3]
        with self.assertRaisesRegex(TypeError, "expected a data frame of pandas or polars, got list"):
            fourcast.predict(not_a_frame)


class Errors(Case):
    def test_an_error_has_place_and_help(self) -> None:
        prices = bars(1).astype({"Close": object})
        prices.loc[17, "Close"] = "1:5"
        for frame in (prices, prices.set_index("Date")):
            with self.assertRaises(fourcast.Error) as raised:
                fourcast.predict(frame)
            error = raised.exception
            self.assertEqual(error.message, "prices: row 17: column 'Close': cannot read '1:5' as a number")
            self.assertEqual((error.row, error.code), (17, 1))
            self.assertIn("fix that cell", str(error.help))
            self.assertEqual(str(error), f"{error.message}\n  help: {error.help}")

    def test_the_row_is_counted_below_names_of_two_levels(self) -> None:
        prices = long("AB").pivot(index="Date", columns="Ticker").astype(object)
        prices.loc[prices.index[17], ("Close", "B")] = "1:5"
        with self.assertWarns(fourcast.FourcastWarning):
            answer = fourcast.predict(prices)
        self.assertIn("prices: row 17: B: ", answer["error"].iloc[1])

    def test_an_error_survives_another_process(self) -> None:
        with self.assertRaises(fourcast.UsageError) as raised:
            fourcast.predict(bars(1), horizon=0)
        again = pickle.loads(pickle.dumps(raised.exception))
        self.assertEqual((str(again), again.code), (str(raised.exception), 2))

    def test_wrong_options_are_usage_errors(self) -> None:
        with self.assertRaisesRegex(fourcast.UsageError, "unexpected argument '--horizn'") as raised:
            fourcast.predict(bars(1), horizn=3)
        self.assertIn("'--horizon'", str(raised.exception.help))
        self.assertEqual(raised.exception.code, 2)
        with self.assertRaisesRegex(fourcast.UsageError, "--horizon"):
            fourcast.predict(bars(1), horizon=2, path=2)
        with self.assertRaisesRegex(TypeError, r"predict\(format=...\)"):
            fourcast.predict(bars(1), format="csv")
        with self.assertRaisesRegex(TypeError, "each"):
            fourcast.train(bars(1), self.folder / "m.safetensors", each=True)
        wrong: Any = "ignore"
        with self.assertRaisesRegex(ValueError, "errors='ignore'"):
            fourcast.predict(bars(1), errors=wrong)

    def test_one_bad_series_of_several_is_a_row_with_its_error(self) -> None:
        prices = long().astype({"Close": object})
        prices.loc[DAYS + 5, "Close"] = "oops"
        for frame in (prices, pl.DataFrame({name: prices[name].astype(str).tolist() for name in prices})):
            with self.assertWarnsRegex(fourcast.FourcastWarning, "1 of 3 series failed, first B: "):
                answer = fourcast.predict(frame)
            self.assertEqual(list(answer["series"]), ["A", "B", "C"])
            found = [text if isinstance(text, str) else None for text in answer["error"]]
            self.assertEqual(found[::2], [None, None])
            self.assertIn(f"prices: row {DAYS + 5}: B: column 'Close'", str(found[1]))
            self.assertEqual(list(answer.columns[-2:]), ["error", "warnings"])
            with self.assertRaises(fourcast.Error) as raised:
                fourcast.predict(frame, errors="raise")
            self.assertEqual((raised.exception.series, raised.exception.row), ("B", DAYS + 5))
        self.assertTrue(math.isnan(fourcast_forecast(prices)))

    def test_no_series_at_all_is_an_error(self) -> None:
        prices = long("AB").astype({"Close": object})
        prices.loc[[3, DAYS + 5], "Close"] = "oops"
        with self.assertRaisesRegex(fourcast.Error, "A: column 'Close'.*1 more series failed") as raised:
            fourcast.predict(prices)
        self.assertEqual([one.series for one in raised.exception.failures], ["A", "B"])

    def test_warnings_are_those_of_python(self) -> None:
        with self.assertWarnsRegex(fourcast.FourcastWarning, "^prices: 10 rows are too few") as caught:
            fourcast.predict(bars(1).tail(10))
        self.assertEqual(Path(caught.filename).name, Path(__file__).name)
        order = list(range(DAYS))
        order[20:22], order[40:42] = (21, 20), (41, 40)
        with self.assertWarnsRegex(fourcast.FourcastWarning, r"rows were not sorted by date \(rows 21 and 41\)"):
            fourcast.predict(bars(1).iloc[order])
        short = pd.concat([long("AB"), bars(9).tail(10).assign(Ticker="C")])
        with self.assertWarns(fourcast.FourcastWarning):
            answer = fourcast.predict(short)
        self.assertIn("10 rows are too few", answer["warnings"].iloc[2])
        with self.assertRaisesRegex(fourcast.Error, "too few"):
            fourcast.predict(bars(1).tail(10), strict=True)

    def test_a_missing_program_is_named(self) -> None:
        with mock.patch.dict("os.environ", {"FOURCAST": str(self.folder / "none")}):
            with self.assertRaisesRegex(fourcast.Error, "none cannot be started") as raised:
                fourcast.predict(bars(1))
        self.assertIn("FOURCAST", str(raised.exception.help))


def fourcast_forecast(prices: pd.DataFrame) -> float:
    """The forecast of the second series, which failed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(fourcast.predict(prices)["forecast"].iloc[1])


class Models(Case):
    def test_a_model_is_trained_loaded_and_asked(self) -> None:
        file = self.folder / "model.safetensors"
        model = fourcast.train(bars(1), file, name="ACME", **SMALL)
        assert model.summary is not None
        self.assertEqual((model.path, model.summary["series"], model.summary["rows"]), (file, "ACME", DAYS))
        self.assertEqual(model.card["config"]["cell"], "rnn")
        again = fourcast.load(str(file))
        self.assertEqual(again.card, model.card)
        self.assertIsNone(again.summary)
        answer = again.predict(bars(1), name="ACME", path=2)
        self.assertEqual(list(answer["trained_on"]), ["ACME", "ACME"])
        pd.testing.assert_frame_equal(answer, fourcast.predict(bars(1), file, name="ACME", path=2))
        self.assertEqual(answer["forecast"].iloc[0], model.summary["forecast"])

    def test_several_series_make_one_model(self) -> None:
        prices = long().astype({"Close": object})
        prices.loc[3, "Close"] = "oops"
        with self.assertWarnsRegex(fourcast.FourcastWarning, "1 series failed, first A"):
            model = fourcast.train(prices, self.folder / "m.safetensors", **SMALL)
        assert model.summary is not None
        self.assertEqual(model.summary["trained_series"], 2)

    def test_further_inputs_are_columns_and_a_frame_of_events(self) -> None:
        prices = bars(1).assign(**{"V,X": [15 + day * 7 % 11 for day in range(DAYS)]})
        events = pd.DataFrame({"date": [datetime.date(2020, 6, 1), datetime.date(2022, 12, 1)]})
        model = fourcast.train(prices, self.folder / "m.safetensors", past=["V,X"], events=events, **SMALL)
        covariates = [covariate["name"] for covariate in model.card["config"]["covariates"]]
        self.assertEqual(covariates[0], "V,X")
        self.assertEqual(len(covariates), 2)
        self.assertEqual(len(model.predict(prices, events=events)), 1)
        # Errors of either frame name it, and its rows.
        wrong = pd.DataFrame({"date": ["2020-06-01", "2020-13-01"]})
        with self.assertRaises(fourcast.Error) as failed:
            model.predict(prices, events=wrong)
        self.assertTrue(failed.exception.message.startswith("events: row 1: "), failed.exception.message)
        self.assertIsNone(failed.exception.row)

    def test_what_is_no_model_is_refused(self) -> None:
        with self.assertRaisesRegex(fourcast.Error, "no such file") as raised:
            fourcast.load(self.folder / "none.safetensors")
        self.assertIsNotNone(raised.exception.help)
        bars(1).to_csv(self.folder / "prices.csv", index=False)
        with self.assertRaisesRegex(fourcast.Error, "a file of prices, expected a model"):
            fourcast.load(self.folder / "prices.csv")
        with self.assertRaisesRegex(fourcast.Error, "no such file"):
            fourcast.predict(bars(1), self.folder / "none.safetensors")


class Backtests(Case):
    quick: Dict[str, Any] = {"test_days": 60, "refit_every": 60, "baselines": "naive,ewma", **SMALL}

    def backtest(self, frame: Any, **options: Any) -> fourcast.Backtest:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fourcast.FourcastWarning)
            return fourcast.backtest(frame, **self.quick, **options)

    def test_scores_and_verdict_are_frames(self) -> None:
        result = self.backtest(bars(1), forecasts=True, brier="+2%")
        self.assertEqual(list(result.scores["forecaster"]), ["fourcast", "naive", "ewma"])
        self.assertEqual(list(result.scores["test_days"]), [60, 60, 60])
        self.assertIn("coverage_90", result.scores)
        self.assertIn("brier_+2%", result.scores)
        self.assertEqual(len(result.verdict), 4)
        self.assertEqual(set(result.verdict["quantity"]), {"price", "distribution"})
        self.assertTrue(result.results[0]["headline"])
        self.assertIsNone(result.passed)
        days = result.forecasts
        self.assertEqual(len(days), 60)
        self.assertEqual(days["date"].dtype.kind, "M")
        # The error of the scores is that of the days.
        rmse = float(np.sqrt(np.mean((days["basis"] * (days["actual"] - days["forecast"])) ** 2)))
        self.assertAlmostEqual(rmse, result.scores["rmse"].iloc[0], places=6)

    def test_of_polars_they_are_of_polars(self) -> None:
        result = self.backtest(pl.from_pandas(long("AB")), forecasts=True)
        self.assertIsInstance(result.scores, pl.DataFrame)
        self.assertEqual(result.scores["series"].to_list(), ["A"] * 3 + ["B"] * 3)
        self.assertEqual(result.verdict.schema["skill"], pl.Float64)
        self.assertEqual(result.forecasts.schema["date"], pl.Date)
        self.assertEqual(len(result.forecasts), 120)

    def test_the_gate_is_an_answer_and_no_error(self) -> None:
        self.assertIs(self.backtest(bars(1), require_skill=0.5).passed, False)

    def test_a_model_is_tested_on_later_days(self) -> None:
        model = fourcast.train(bars(1).head(600), self.folder / "m.safetensors", **SMALL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fourcast.FourcastWarning)
            result = model.backtest(bars(1), test_days=50, baselines="naive")
        self.assertEqual(result.results[0]["in_sample"], False)
        self.assertEqual(list(result.scores["forecaster"]), ["fourcast", "naive"])


if __name__ == "__main__":
    unittest.main()
