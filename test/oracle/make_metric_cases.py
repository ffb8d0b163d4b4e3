#!/usr/bin/env python3
"""Writes test/oracle/metric.csv and metric_rows.csv: measures of accuracy by scikit-learn and numpy, on generated rows.

usage: python3 -m venv V && V/bin/pip install numpy==2.4.6 scikit-learn==1.9.1 && V/bin/python test/oracle/make_metric_cases.py

The files are read by test/unit/test_metric.c.
  metric_rows.csv   case, y, yhat, yhat_lower, yhat_upper, scale; empty: NULL
  metric.csv        case, measure, value; quantile 0.9 for pinball, interval_width 0.8 for winkler; empty: no row counts
Rows with a NULL among what a measure reads are left out here by hand, as are those that it divides by zero for: mape where
y = 0, mase where scale = 0; smape counts 0 / 0 as 0. scikit-learn has mae, rmse, mape (which it bounds for |y| below 2e-16) and pinball, numpy makes the others.
"""
import csv
import math
import pathlib
import random

import numpy
import sklearn
from sklearn import metrics

assert sklearn.__version__ == "1.9.1"
OUT = pathlib.Path(__file__).parent
WIDTH, QUANTILE = 0.8, 0.9
CASES = {"plain": lambda r: r.gauss(100, 20), "many_zeros": lambda r: r.choice((0, 0, 0, 2.5, 7)), "signs": lambda r: r.gauss(0, 5),
         "magnitudes": lambda r: math.exp(r.gauss(0, 8)), "zeros": lambda r: 0.0, "one": lambda r: 4.0, "nothing": lambda r: None}
ROWS = {"one": 1, "nothing": 5}


def make_rows(name):
    r = random.Random(name)
    for _ in range(ROWS.get(name, 200)):
        y = CASES[name](r)
        yhat = 3.0 if y is None else y + r.gauss(0, 3) if name != "magnitudes" else y * math.exp(r.gauss(0, 0.3))
        half = abs(r.gauss(0, 4)) if name != "magnitudes" else abs(yhat) * r.random() / 2
        row = [y, yhat, yhat - half, yhat + half, r.choice((0, 1, 2.5, 10)) if name != "one" else 2.0]
        if name in ("plain", "signs") and r.random() < 0.1:
            row[r.randrange(5)] = None
        yield [None if v is None else float(f"{v:.12g}") for v in row]


def known(rows, *columns):
    kept = [[row[c] for c in columns] for row in rows if all(row[c] is not None for c in columns)]
    return numpy.array(kept).T if kept else None


def measure(rows):
    pair = known(rows, 0, 1)
    if pair is not None:
        y, f = pair
        yield "mae", metrics.mean_absolute_error(y, f)
        yield "rmse", metrics.root_mean_squared_error(y, f)
        yield "bias", numpy.mean(f - y)
        if (y != 0).any():
            yield "mape", metrics.mean_absolute_percentage_error(y[y != 0], f[y != 0])
            yield "wape", numpy.abs(y - f).sum() / numpy.abs(y).sum()
        size = numpy.abs(y) + numpy.abs(f)
        yield "smape", numpy.mean(numpy.where(size > 0, 2 * numpy.abs(y - f) / numpy.where(size > 0, size, 1), 0))
        yield "pinball", metrics.mean_pinball_loss(y, f, alpha=QUANTILE)
    scaled = known(rows, 0, 1, 4)
    if scaled is not None and (scaled[2] != 0).any():
        y, f, scale = scaled[:, scaled[2] != 0]
        yield "mase", numpy.mean(numpy.abs(y - f) / scale)
    band = known(rows, 0, 2, 3)
    if band is not None:
        y, low, high = band
        yield "coverage", numpy.mean((low <= y) & (y <= high))
        outside = numpy.clip(low - y, 0, None) + numpy.clip(y - high, 0, None)
        yield "winkler", numpy.mean(high - low + 2 / (1 - WIDTH) * outside)


def main():
    names = ["mae", "rmse", "bias", "mape", "smape", "wape", "mase", "coverage", "pinball", "winkler"]
    with open(OUT / "metric_rows.csv", "w", newline="") as rows_file, open(OUT / "metric.csv", "w", newline="") as values_file:
        rows_out, values_out = (csv.writer(file, lineterminator="\n") for file in (rows_file, values_file))
        rows_out.writerow(["case", "y", "yhat", "yhat_lower", "yhat_upper", "scale"])
        values_out.writerow(["case", "measure", "value"])
        for name in CASES:
            rows = list(make_rows(name))
            values = dict(measure(rows))
            rows_out.writerows([[name] + ["" if v is None else f"{v:.12g}" for v in row] for row in rows])
            values_out.writerows([[name, m, f"{values[m]:.15g}" if m in values else ""] for m in names])


if __name__ == "__main__":
    main()
