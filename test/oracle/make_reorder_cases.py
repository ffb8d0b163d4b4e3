#!/usr/bin/env python3
"""Writes test/oracle/reorder.csv: safety stocks, reorder points and order quantities by the textbook and scipy.

usage: python3 -m venv V && V/bin/pip install numpy==1.26.4 scipy==1.17.1 && V/bin/python test/oracle/make_reorder_cases.py

sd of demand over P = lead time + review period: sqrt(P/steps * mean of squared totals of past errors, or the sum of the
steps' variances, + (demand / P)^2 * variance of the lead time); a step's sd is its half width over norm.ppf((1 + width) / 2).
Level: demand + norm.ppf(service) * sd; for demand under 10 nbinom.ppf or poisson.ppf of the same mean and variance, or, with
past totals enough for it, demand plus the k-th smallest of their n errors, k the least with k / (n + 1) >= service.
Quantity: from math.ceil of packs. Read by test/unit/test_reorder.c; lists have blanks between.
"""
import csv
import math
import pathlib

import numpy as np
from scipy import stats

OUT = pathlib.Path(__file__).parent / "reorder.csv"
random = np.random.default_rng(11)
rows = []


def case(name, yhat, half, lead, lead_sd=0.0, review=0.0, service=0.95, width=0.8, on_hand=0.0, on_order=0.0, pack=1.0,
         least=0.0, totals=()):
    yhat, half, totals = np.round(yhat, 4), np.round(half, 4), np.round(totals, 4)
    periods = lead + review
    steps = math.ceil(periods)
    part = np.minimum(1, periods - np.arange(steps))
    demand = float(part @ yhat[:steps])
    if len(totals) >= 5:
        variance, method = np.mean(totals ** 2) * periods / steps, "normal, past totals"
    else:
        sd = half[:steps] / stats.norm.ppf((1 + width) / 2)
        variance, method = part @ sd ** 2, "normal, independent steps"
    variance = float(variance + (demand / periods * lead_sd) ** 2)
    level = demand + stats.norm.ppf(service) * math.sqrt(variance)
    if demand < 10:
        n = len(totals)
        if n >= 10 and lead_sd == 0 and periods == steps and service <= n / (n + 1):
            level, method = demand + np.sort(totals)[math.ceil((n + 1) * service - 1e-9) - 1], "empirical"
        elif variance > demand:
            level = stats.nbinom.ppf(service, demand ** 2 / (variance - demand), demand / variance)
            method = "negative binomial"
        else:
            level, method = stats.poisson.ppf(service, demand), "poisson"
    level = max(float(level), 0)
    need = level - on_hand - on_order
    quantity = math.ceil(max(need, least) / pack - 1e-9) * pack if need > 0 else 0
    rows.append([name, lead, lead_sd, review, service, width, on_hand, on_order, pack, least,
                 " ".join(map(repr, yhat.tolist())), " ".join(map(repr, half.tolist())),
                 " ".join(map(repr, totals.tolist())), repr(demand), repr(math.sqrt(variance)), repr(level - demand),
                 repr(level), repr(float(quantity)), method])


week = [40, 42, 38, 45, 60, 30, 5]
case("two days", week, [12] * 7, 2)
case("a week and a review of a week", week * 2, [12, 13, 14, 15, 20, 10, 5] * 2, 7, review=7, service=0.98, on_hand=300, on_order=48, pack=24)
case("lead time that varies", week * 2, [12] * 14, 9, lead_sd=2.5, service=0.9, on_hand=100)
case("part of a day", week, [12] * 7, 2.25, review=1.5, pack=0.5)
case("bounds of 95 %", week, [12] * 7, 3, width=0.95, least=500)
case("past totals", week, [12] * 7, 5, totals=random.normal(0, 55, 26), on_hand=120, pack=10)
case("too few of them", week, [12] * 7, 5, totals=[100, -100, 100, -100])
case("part of a day with past totals", week, [12] * 7, 4.5, totals=random.normal(10, 40, 12), lead_sd=1)
case("enough stock", week, [12] * 7, 2, on_hand=200)
case("below the half", week, [12] * 7, 2, service=0.3)
case("slow: poisson", [0.2] * 14, [0.3] * 14, 7, review=7)
case("slow: negative binomial", [0.5] * 14, [2.5] * 14, 7, service=0.99, on_hand=1, least=6, pack=4)
case("slow: it varies", [0.9] * 7, [1] * 7, 7, lead_sd=3, totals=random.normal(0, 4, 30))
case("slow: past totals", [0.5] * 7, [2] * 7, 7, totals=random.poisson(4, 26) - 3.5)
case("slow: fewer than a service of 97.5 % takes", [0.5] * 7, [2] * 7, 7, service=0.975, totals=random.poisson(4, 26) - 3.5)
case("slow: very sure", [0.01] * 7, [4] * 7, 7, service=0.9999)
with OUT.open("w", newline="") as out:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow("name lead_time lead_time_sd review_period service_level interval_width on_hand on_order pack_size min_order yhat half totals "
                    "demand demand_sd safety_stock reorder_point order_quantity method".split())
    writer.writerows(rows)
