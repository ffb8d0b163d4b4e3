#!/usr/bin/env python3
"""Writes the reference cases of test/oracle/prophet: what prophet from PyPI makes of generated series.

usage: python3 -m venv V && V/bin/pip install prophet==1.3.0 && V/bin/python test/oracle/make_prophet_cases.py

Each folder is one case; the files are read by test/unit/test_prophet_peer.c.
  input.csv      ds, y (empty: missing), then cap, floor, conditions and regressors; the rows after the last observed
                 ds are the future
  options.csv    option, value: the call, by prophet's own names
  seasonalities.csv, regressors.csv, holidays.csv    where there are any
  params.csv     parameter, value: k, m, sigma_obs, delta, beta as fitted, and y_scale; in scaled units
  forecast.csv   ds, trend, yhat, bounds of the future from 4000 samples, and every component of every row
Nothing random but the samples depends on numpy; the series come from the generator below.
"""
import csv
import datetime
import logging
import math
import pathlib
import random
import sys

import numpy
import pandas
import prophet

VERSION = "1.3.0"
SAMPLES = 4000
OUT = pathlib.Path(__file__).parent / "prophet"


class Case:
    def __init__(self, name, n, horizon, start, step=datetime.timedelta(days=1), **options):
        self.name, self.n, self.horizon, self.options = name, n, horizon, options
        self.random = random.Random(name)
        self.ds = [datetime.datetime.fromisoformat(start) + i * step for i in range(n + horizon)]
        self.columns, self.seasonalities, self.regressors, self.holidays = {}, [], [], []

    def noise(self, sd):
        return self.random.gauss(0, sd)

    def set_y(self, formula, missing=0.0):
        values = [formula(i, i / self.n, self.ds[i]) for i in range(self.n)]
        self.columns["y"] = [None if 0 < i < self.n - 1 and self.random.random() < missing else round(value, 6)
                             for i, value in enumerate(values)] + [None] * self.horizon

    def set_column(self, name, formula):
        self.columns[name] = [formula(i, self.ds[i]) for i in range(self.n + self.horizon)]

    def holiday(self, name, days, lower=0, upper=0, prior_scale=10.0):
        self.holidays += [{"holiday": name, "ds": day, "lower_window": lower, "upper_window": upper,
                           "prior_scale": prior_scale} for day in days]

    def frame(self):
        return pandas.DataFrame({"ds": self.ds, **self.columns})


def week(ds):
    return math.sin(2 * math.pi * ds.weekday() / 7) + (0.8 if ds.weekday() == 5 else 0)


def make_cases():
    case = Case("linear", 120, 21, "2023-03-01")
    case.set_y(lambda i, t, ds: 40 + 25 * t - 60 * max(0, t - 0.6) + 4 * week(ds) + case.noise(1.5), missing=0.08)
    yield case

    case = Case("logistic_floor", 100, 20, "2022-05-01", growth="logistic")
    case.set_column("cap", lambda i, ds: 90 + 0.1 * i)
    case.set_column("floor", lambda i, ds: 10.0)
    case.set_y(lambda i, t, ds: 10 + (80 + 0.1 * i) / (1 + math.exp(-7 * (t - 0.5))) + 2 * week(ds) + case.noise(1))
    yield case

    case = Case("flat", 70, 14, "2024-01-01", growth="flat")
    case.set_y(lambda i, t, ds: 5 + week(ds) + case.noise(0.5))
    yield case

    case = Case("multiplicative", 110, 21, "2021-09-01", seasonality_mode="multiplicative")
    case.set_y(lambda i, t, ds: (100 + 80 * t) * (1 + 0.15 * week(ds)) + case.noise(4))
    yield case

    case = Case("holidays", 110, 30, "2023-10-01", holidays_mode="multiplicative", holidays_prior_scale=5.0)
    sales, feast = ["2023-10-14", "2023-11-24", "2024-02-02"], ["2023-12-25", "2024-01-08"]
    case.holiday("sales", sales, lower=-1, upper=2, prior_scale=2.0)
    case.holiday("feast", feast, upper=1, prior_scale=5.0)
    days = {datetime.date.fromisoformat(day) + datetime.timedelta(days=o) for day in sales for o in range(-1, 3)}
    case.set_y(lambda i, t, ds: (60 + 10 * t) * (1.3 if ds.date() in days else 1) + 3 * week(ds) + case.noise(1))
    yield case

    case = Case("regressors", 90, 14, "2023-06-01")
    case.set_column("promotion", lambda i, ds: int(case.random.random() < 0.3))
    case.set_column("temperature", lambda i, ds: round(15 + 8 * math.sin(i / 15) + case.noise(2), 3))
    case.set_column("share", lambda i, ds: round(case.random.random(), 4))
    case.regressors = [{"name": "promotion"}, {"name": "temperature", "prior_scale": 0.5},
                       {"name": "share", "standardize": False, "mode": "multiplicative"}]
    case.set_y(lambda i, t, ds: (20 + 5 * t) * (1 + 0.3 * case.columns["share"][i]) + 6 * case.columns["promotion"][i]
               + 0.4 * case.columns["temperature"][i] + week(ds) + case.noise(0.6))
    yield case

    case = Case("conditional", 120, 21, "2023-01-02", weekly_seasonality=False)
    case.set_column("on_season", lambda i, ds: int(i % 60 < 30))
    case.set_column("off_season", lambda i, ds: int(i % 60 >= 30))
    case.seasonalities = [{"name": "week_on", "period": 7, "fourier_order": 3, "condition_name": "on_season"},
                          {"name": "week_off", "period": 7, "fourier_order": 2, "condition_name": "off_season", "prior_scale": 1.0},
                          {"name": "month", "period": 30.5, "fourier_order": 2, "mode": "multiplicative"}]
    case.set_y(lambda i, t, ds: 30 + 8 * t + (5 if i % 60 < 30 else 1) * week(ds) + case.noise(0.8))
    yield case

    case = Case("minmax", 90, 14, "2022-02-01", scaling="minmax", changepoint_prior_scale=0.2)
    case.set_y(lambda i, t, ds: 1e6 + 30 * t + 20 * max(0, t - 0.4) + 5 * week(ds) + case.noise(2))
    yield case

    case = Case("hourly", 120, 24, "2024-03-05T06:00:00", datetime.timedelta(hours=1), n_changepoints=5)
    case.set_y(lambda i, t, ds: 50 + 10 * t + 12 * math.sin(2 * math.pi * ds.hour / 24) + case.noise(1.5))
    yield case

    case = Case("listed", 80, 14, "2023-04-01", datetime.timedelta(days=2),
                changepoints=["2023-05-01", "2023-06-20", "2023-08-01"], changepoint_prior_scale=0.5)
    case.set_y(lambda i, t, ds: 10 + 20 * t - 45 * max(0, t - 0.5) + week(ds) + case.noise(0.7))
    yield case


def write(path, columns, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def cell(value):
    if value is None or isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, (datetime.datetime, pandas.Timestamp)):
        return value.isoformat()
    return repr(float(value)) if isinstance(value, (float, numpy.floating)) else str(value)


def fit(case):
    holidays = pandas.DataFrame(case.holidays).assign(ds=lambda h: pandas.to_datetime(h.ds)) if case.holidays else None
    model = prophet.Prophet(holidays=holidays, uncertainty_samples=SAMPLES, **case.options)
    for seasonality in case.seasonalities:
        model.add_seasonality(**seasonality)
    for regressor in case.regressors:
        model.add_regressor(**regressor)
    frame = case.frame()
    for seasonality in case.seasonalities:
        if "condition_name" in seasonality:
            frame[seasonality["condition_name"]] = frame[seasonality["condition_name"]].astype(bool)
    model.fit(frame[frame.ds <= case.ds[case.n - 1]])
    numpy.random.seed(1)
    return model, model.predict(frame)


def write_params(folder, model):
    rows = [("y_scale", model.y_scale)]
    for name in ("k", "m", "sigma_obs", "delta", "beta"):
        rows += [(name, value) for value in numpy.ravel(model.params[name])]
    write(folder / "params.csv", ["parameter", "value"], [(name, cell(float(value))) for name, value in rows])


def write_forecast(folder, case, forecast):
    bounds = [name + end for name in ("yhat", "trend") for end in ("_lower", "_upper")]
    components = [c for c in forecast.columns
                  if not c.endswith(("_lower", "_upper")) and c not in ("ds", "trend", "yhat", "cap", "floor")]
    names = ["ds", "trend", "yhat"] + bounds + components
    for name in bounds:
        forecast.loc[forecast.ds <= case.ds[case.n - 1], name] = math.nan
    write(folder / "forecast.csv", names, [[cell(row[name]) for name in names] for _, row in forecast.iterrows()])


def write_case(case):
    folder = OUT / case.name
    folder.mkdir(parents=True, exist_ok=True)
    model, forecast = fit(case)
    write(folder / "input.csv", ["ds", *case.columns],
          [[cell(case.ds[i]), *(cell(values[i]) for values in case.columns.values())] for i in range(len(case.ds))])
    options = [(name, one) for name, value in case.options.items() for one in (value if isinstance(value, list) else [value])]
    write(folder / "options.csv", ["option", "value"], options)
    for name, rows in (("seasonalities", case.seasonalities), ("regressors", case.regressors), ("holidays", case.holidays)):
        if rows:
            columns = list(dict.fromkeys(key for row in rows for key in row))
            write(folder / f"{name}.csv", columns, [[row.get(key, "") for key in columns] for row in rows])
    write_params(folder, model)
    write_forecast(folder, case, forecast)


if __name__ == "__main__":
    if prophet.__version__ != VERSION:
        sys.exit(f"error: prophet {VERSION} is wanted, this is {prophet.__version__}")
    logging.getLogger("cmdstanpy").disabled = True
    for one in make_cases():
        write_case(one)
