#!/usr/bin/env python3
"""Writes test/oracle/reconcile.csv: forecasts of a total and its parts made coherent, by the full matrix formula.

usage: python3 -m venv V && V/bin/pip install numpy==1.26.4 && V/bin/python test/oracle/make_reconcile_cases.py

MinT as published (Wickramasuriya, Athanasopoulos, Hyndman 2019): with S the matrix that makes all series of the parts,
S (S' W^-1 S)^-1 S' W^-1 yhat; W = lambda diag(C) + (1 - lambda) C, C the means of the products of the errors, lambda by
Schaefer and Strimmer (2005) pair by pair: the sum of the estimated variances of the correlations over the sum of their
squares. Negative parts are taken out, as series that are 0, and the formula is applied again to the rest.
Columns: case, is_total, yhat, coherent, lambda, errors (blanks between, oldest first). Read by test/unit/test_reconcile.c.
"""
import csv
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).parent / "reconcile.csv"


def shrinkage(errors):
    n, k = errors.shape
    covariance = errors.T @ errors / n
    standard = errors / np.sqrt(np.diag(covariance))
    variances = squares = 0.0
    for i in range(k):
        for j in range(k):
            if i != j:
                w = standard[:, i] * standard[:, j]
                r = n / (n - 1) * w.mean()
                variances += n / (n - 1) ** 3 * ((w - w.mean()) ** 2).sum()
                squares += r ** 2
    return min(max(variances / squares, 0), 1), covariance


def mint(yhat, w):
    k = len(yhat) - 1
    s = np.vstack([np.ones(k), np.eye(k)])
    inverse = np.linalg.inv(w)
    return s @ np.linalg.solve(s.T @ inverse @ s, s.T @ inverse @ yhat)


def nonnegative(yhat, w):
    rest = np.arange(len(yhat))
    while True:
        coherent = np.zeros(len(yhat))
        coherent[rest] = mint(yhat[rest], w[np.ix_(rest, rest)])
        if not (coherent[1:] < 0).any():
            return coherent
        rest = np.array([i for i in rest if i == 0 or coherent[i] >= 0])


def case(name, parts, n, gap, level, correlated, seed):
    random = np.random.default_rng(seed)
    sizes = level * np.exp(random.normal(0, 1, parts))
    common = random.normal(0, 1, n)
    bottom = np.column_stack([size * 0.3 * (correlated * common + random.normal(0, 1, n)) for size in sizes])
    total = bottom.sum(axis=1) * 0.7 + random.normal(0, 0.2 * sizes.sum(), n)
    errors = np.round(np.column_stack([total, bottom]), 6)
    yhat = np.round(np.concatenate([[sizes.sum() + gap * sizes.sum()], sizes]), 6)
    shrink, covariance = shrinkage(errors)
    coherent = nonnegative(yhat, shrink * np.diag(np.diag(covariance)) + (1 - shrink) * covariance)
    return [(name, int(i == 0), repr(float(yhat[i])), repr(float(coherent[i])), repr(float(shrink)),
             " ".join(repr(float(e)) for e in errors[:, i])) for i in range(parts + 1)]


rows = []
rows += case("two parts", 2, 12, 0.2, 100, 0.0, 1)
rows += case("one part", 1, 9, -0.1, 5, 0.5, 2)
rows += case("five parts", 5, 40, -0.15, 1000, 0.6, 3)
rows += case("more series than errors", 12, 8, 0.3, 1e-3, 0.8, 4)
rows += case("parts that would be negative", 7, 30, -1.5, 10, 0.7, 5)
rows += case("all in step", 4, 25, 0.5, 1e7, 20.0, 6)
with OUT.open("w", newline="") as out:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["case", "is_total", "yhat", "coherent", "lambda", "errors"])
    writer.writerows(rows)
