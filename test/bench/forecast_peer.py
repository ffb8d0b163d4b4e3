"""Peers of the forecast benchmark: prints lines "PEER KIND SERIES MILLISECONDS" of CPU time a series, one thread.

usage: forecast_peer.py SERIES.csv       rows kind,season,horizon,id,ds,y; kinds daily, product, hourly

A default fit and its forecast with an 80 % band, one series after the other in one warm process: imports, reading and
what numba compiles at first calls are not counted, child processes are. prophet is not asked for the hourly series.
"""
import logging
import os
import resource
import sys

for library in "NUMBA", "OMP", "OPENBLAS", "MKL":
    os.environ[library + "_NUM_THREADS"] = "1"
FREQUENCY = {"daily": "D", "product": "7D"}


def used():
    return sum(r.ru_utime + r.ru_stime for r in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def milliseconds(action, cases):
    for case in cases[:3]:
        action(*case)
    start = used()
    for case in cases:
        action(*case)
    return 1e3 * (used() - start) / len(cases)


def auto_ets(y, season, horizon):
    from statsforecast.models import AutoETS
    return AutoETS(season_length=season).forecast(y=y, h=horizon, level=[80])


def prophet(frame, frequency, horizon):
    from prophet import Prophet
    model = Prophet().fit(frame)
    return model.predict(model.make_future_dataframe(periods=horizon, freq=frequency, include_history=False))


def main():
    import pandas
    logging.getLogger("cmdstanpy").disabled = True
    rows = pandas.read_csv(sys.argv[1], parse_dates=["ds"])
    for kind, series in rows.groupby("kind"):
        groups = [(g[["ds", "y"]].reset_index(drop=True), int(g.season.iloc[0]), int(g.horizon.iloc[0])) for _, g in series.groupby("id")]
        took = milliseconds(auto_ets, [(g.y.to_numpy(float), season, horizon) for g, season, horizon in groups])
        print("AutoETS", kind, len(groups), f"{took:.3f}", flush=True)
        if kind in FREQUENCY:
            took = milliseconds(prophet, [(g, FREQUENCY[kind], horizon) for g, _, horizon in groups])
            print("prophet", kind, len(groups), f"{took:.3f}", flush=True)


main()
