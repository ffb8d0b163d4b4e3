#!/usr/bin/env python3
"""Writes the reference cases of test/oracle/forecast: generated series, and what other programs make of them.

usage: python3 -m venv V && V/bin/pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 statsforecast==2.1.1 &&
       V/bin/python test/oracle/make_forecast_cases.py && Rscript test/oracle/make_forecast_cases.R

The files are read by test/unit/test_forecast_ets.c, test_forecast_methods.c and test_forecast_peer.c.
  series.csv     series, use (ets, rare, ar), frequency, t, y: made by the generators below, nothing is copied
  smoothing.csv  statsmodels' ETSModel: parameters, first and last states by phase, and of its one-step errors the sum of
                 squares (relative ones where the error is multiplicative) and the sum of ln |fitted|
  theta.csv      statsforecast's OTM and DOTM: first level, alpha, theta, forecasts
  ar.csv         least squares on the lags of doc/forecast.md, by numpy's singular value decomposition (lstsq) on rows that
                 this script builds; the spread by statsmodels' arma2ma of the polynomial with its differences multiplied out
"""
import csv
import math
import pathlib
import random
import warnings

import numpy
import statsforecast
import statsmodels
from statsforecast.models import DynamicOptimizedTheta, OptimizedTheta
from statsmodels.tsa.arima_process import arma2ma
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

assert (statsmodels.__version__, statsforecast.__version__) == ("0.15.0", "2.1.1")
OUT = pathlib.Path(__file__).parent / "forecast"
AHEAD = 12


class Series:
    def __init__(self, name, use, m, n, formula):
        noise = random.Random(name)
        self.name, self.use, self.m, self.y = name, use, m, []
        for t in range(n):
            self.y.append(round(formula(t, noise, self.y), 4))


def wave(t, m):
    return math.sin(2 * math.pi * t / m)


def make_series():
    yield Series("level", "ets", 1, 80, lambda t, r, y: (y[-1] if y else 50) + r.gauss(0, 2) + (t % 3 == 0))
    yield Series("noise", "ets", 1, 60, lambda t, r, y: 20 + r.gauss(0, 3))
    yield Series("growth", "ets", 1, 70, lambda t, r, y: 100 * 1.02 ** t * (1 + r.gauss(0, 0.03)))
    yield Series("saturating", "ets", 1, 90, lambda t, r, y: 200 - 150 * 0.95 ** t + r.gauss(0, 4))
    yield Series("about_zero", "ets", 1, 70, lambda t, r, y: (0.8 * y[-1] if y else 0) + r.gauss(0, 5))
    yield Series("quarters", "ets", 4, 60, lambda t, r, y: 80 + 0.7 * t + (12, -5, 3, -10)[t % 4] + r.gauss(0, 3))
    yield Series("months", "ets", 12, 96, lambda t, r, y: (50 + 0.8 * t) * (1 + 0.3 * wave(t, 12)) * (1 + r.gauss(0, 0.04)))
    yield Series("days", "ets", 7, 140, lambda t, r, y: 30 + 8 * wave(t, 7) + 5 * wave(t, 60) + r.gauss(0, 3))
    yield Series("days_of_loss", "ets", 7, 105, lambda t, r, y: -10 + 9 * wave(t, 7) - 0.1 * t + r.gauss(0, 4))
    yield Series("hours", "ets", 24, 240, lambda t, r, y: 60 + 20 * wave(t, 24) + 6 * wave(t, 12) + r.gauss(0, 4))
    yield Series("rare", "rare", 1, 90, lambda t, r, y: r.choice((0, 0, 0, 1, 2, 5)))
    yield Series("rare_weeks", "rare", 1, 150, lambda t, r, y: r.choice((0,) * 9 + (3.5,)) * (1 + t // 50))
    yield Series("short", "ar", 1, 60, lambda t, r, y: 5 + (0.5 * y[-1] - 0.3 * y[-2] if t > 1 else 0) + r.gauss(0, 1))
    yield Series("shop", "ar", 7, 150, lambda t, r, y: (100 + 30 * wave(t, 7)) * (1 + r.gauss(0, 0.1)))
    yield Series("weeks", "ar", 1, 260, lambda t, r, y: 500 + 60 * wave(t, 52) + (0.7 * (y[-1] - 500) if y else 0) + r.gauss(0, 15))
    yield Series("load", "ar", 24, 700, lambda t, r, y: 200 + 40 * wave(t, 24) * (0.5 if t // 24 % 7 > 4 else 1)
                 + (0.6 * (y[-1] - 200) if y else 0) + r.gauss(0, 6))


def write(name, head, rows):
    with open(OUT / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([[f"{v:.15g}" if isinstance(v, float) else v for v in row] for row in rows])


def numbers(values):
    return " ".join(f"{v:.15g}" for v in values)


FORMS = {"ANN": ("add", None, False, None), "AAN": ("add", "add", False, None), "AAdN": ("add", "add", True, None),
         "MNN": ("mul", None, False, None), "MAN": ("mul", "add", False, None), "MAdN": ("mul", "add", True, None),
         "ANA": ("add", None, False, "add"), "MNA": ("mul", None, False, "add")}


def smoothing(series, form):
    """ETSModel's best of a form. Left out: trend and season together, since it asks for no admissibility, and multiplicative
    seasons, which it smooths by y / level instead of the innovation."""
    error, trend, damped, season = FORMS[form]
    y, m = numpy.array(series.y), series.m
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = ETSModel(y, error=error, trend=trend, damped_trend=damped, seasonal=season,
                       seasonal_periods=m if season else None).fit(disp=False, maxiter=2000)
    p = dict(zip(fit.param_names, fit.params))
    # initial_seasonal.0 is the newest: the phase just before the first value.
    first = [p["initial_level"], p.get("initial_trend", 0.0)]
    season_first = [p[f"initial_seasonal.{(-1 - j) % m}"] for j in range(m)] if season else []
    fitted = numpy.asarray(fit.fittedvalues)
    errors = (y - fitted) / fitted if error == "mul" else y - fitted
    check_recursion(y, m, season, p, first, season_first, fitted)
    return [series.name, form, p["smoothing_level"], p.get("smoothing_trend", ""), p.get("smoothing_seasonal", ""),
            p.get("damping_trend", ""), float(numpy.sum(errors ** 2)),
            float(numpy.sum(numpy.log(numpy.abs(fitted)))), numbers(first + season_first),
            numbers(fit.forecast(AHEAD))]


def check_recursion(y, m, season, p, first, s, fitted):
    """The states are read rightly: they and the parameters give the fitted values."""
    alpha, beta, gamma = p["smoothing_level"], p.get("smoothing_trend", 0), p.get("smoothing_seasonal", 0)
    (level, slope), phi, s = first, p.get("damping_trend", 1), list(s)
    for t, value in enumerate(y):
        q = level + phi * slope
        f = q + (s[t % m] if season else 0)
        assert math.isclose(f, fitted[t], rel_tol=1e-8), (t, f, fitted[t])
        level, slope = q + alpha * (value - f), phi * slope + beta * (value - f)
        if season:
            s[t % m] += gamma * (value - f)


def theta(series):
    for name, model in (("otm", OptimizedTheta), ("dotm", DynamicOptimizedTheta)):
        fit = model(season_length=1).fit(numpy.array(series.y))
        par = fit.model_["par"]
        yield [series.name, name, float(par["initial_smoothed"]), float(par["alpha"]), float(par["theta"]),
               numbers(fit.predict(AHEAD)["mean"])]


# method: (logarithms, difference, constant, ridge, lags), with m and M the two seasons of the series
AR_CASES = [
    ("short", 1, 0, "ar_short", False, 0, True, 0, (1, 2, 3, 4)),
    ("short", 1, 0, "ar_diff", False, 1, False, 0.01, (1, 2, 3, 4, 5)),
    ("shop", 7, 0, "ar", False, 0, True, 0.01, (1, 2, 3, 6, 7, 8, 14, 21)),
    ("shop", 7, 0, "ar_log", True, 0, True, 0.01, (1, 2, 3, 6, 7, 8, 14, 21)),
    ("shop", 7, 0, "ar_seasonal_diff", False, 7, False, 0, (1, 2, 3, 7, 8, 14)),
    ("weeks", 1, 52, "ar", False, 0, True, 0.001, (1, 2, 3, 51, 52, 53)),
    ("weeks", 1, 52, "ar_diff_long", False, 1, False, 0.01, (1, 2, 3, 4, 52, 53)),
    ("load", 24, 168, "ar", False, 0, True, 0, (1, 2, 3, 23, 24, 25, 48, 167, 168, 169)),
    ("load", 24, 168, "ar_log", True, 0, True, 0, (1, 2, 3, 23, 24, 25, 48, 167, 168, 169)),
    ("load", 24, 168, "ar_seasonal_diff", False, 24, False, 0, (1, 2, 3, 24, 25, 48, 144, 168, 169)),
    ("load", 24, 168, "ar_long_diff", False, 168, False, 0, (1, 2, 3, 24, 25)),
]


def autoregression(series, m, long, method, logs, difference, constant, ridge, lags):
    level = numpy.log(series.y) if logs else numpy.array(series.y)
    z = level[difference:] - level[:-difference] if difference else level
    centre = z.mean() if constant else 0.0
    z = z - centre
    top = max(lags)
    x = numpy.array([[z[t - lag] for lag in lags] + [1.0] * constant for t in range(top, len(z))])
    target = z[top:]
    # A ridge is rows more: one for each lag, none for the constant.
    extra = math.sqrt(ridge * len(target) * float(numpy.mean(z ** 2))) * numpy.eye(len(lags), x.shape[1])
    a = numpy.linalg.lstsq(numpy.vstack([x, extra]), numpy.append(target, numpy.zeros(len(lags))), rcond=None)[0]
    sigma = math.sqrt(float(numpy.sum((target - x @ a) ** 2)) / (len(target) - x.shape[1]))
    path, levels = list(z), list(level)
    for _ in range(AHEAD):
        path.append(sum(c * path[len(path) - lag] for c, lag in zip(a, lags)) + (a[-1] if constant else 0.0))
        levels.append(path[-1] + centre + (levels[len(levels) - difference] if difference else 0.0))
    mean = numpy.array(levels[len(level):])
    mean = numpy.exp(mean) if logs else mean
    polynomial = numpy.zeros(top + 1)
    polynomial[0] = 1
    for c, lag in zip(a, lags):
        polynomial[lag] = -c
    if difference:
        polynomial = numpy.convolve(polynomial, [1] + [0] * (difference - 1) + [-1])
    psi = arma2ma(polynomial, [1], AHEAD)
    sd = sigma * numpy.sqrt(numpy.cumsum(psi ** 2)) * (mean if logs else 1)
    return [series.name, m, long, method, numbers(mean), numbers(sd)]


def main():
    OUT.mkdir(exist_ok=True)
    series = {s.name: s for s in make_series()}
    write("series.csv", ["series", "use", "frequency", "t", "y"],
          [[s.name, s.use, s.m, t + 1, y] for s in series.values() for t, y in enumerate(s.y)])
    rows = []
    for s in series.values():
        for form in FORMS if s.use == "ets" else ():
            if (form[-1] == "N") == (s.m == 1) and (form[0] == "A" or min(s.y) > 0):
                rows.append(smoothing(s, form))
    write("smoothing.csv", ["series", "form", "alpha", "beta", "gamma", "phi", "sse", "sum_log", "first", "forecast"], rows)
    write("theta.csv", ["series", "model", "l0", "alpha", "theta", "forecast"],
          [row for s in series.values() if s.use == "ets" and s.m == 1 for row in theta(s)])
    write("ar.csv", ["series", "season", "long_season", "method", "mean", "sd"],
          [autoregression(series[case[0]], *case[1:]) for case in AR_CASES])


if __name__ == "__main__":
    main()
