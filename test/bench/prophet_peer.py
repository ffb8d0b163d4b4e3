"""prophet from PyPI: CPU seconds of the process and its children, the median of some runs after one that is not counted.

usage: python prophet_peer.py LONG.csv SHORT.csv            files of ds, y
       python prophet_peer.py --memory LONG.csv             a fit and a forecast with the history; the peak of private memory or of a child's, in MB
"""
import logging
import resource
import statistics
import sys

import pandas
from prophet import Prophet

logging.getLogger("cmdstanpy").disabled = True


def cpu_seconds(runs, action):
    def used():
        return sum(r.ru_utime + r.ru_stime for r in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))

    action()
    times = []
    for _ in range(runs):
        start = used()
        action()
        times.append(used() - start)
    return statistics.median(times)


def read_series(file):
    return pandas.read_csv(file, parse_dates=["ds"])


def report(name, seconds):
    print(f"{name} {seconds:.6f}", flush=True)


if sys.argv[1] == "--memory":
    model = Prophet().fit(read_series(sys.argv[2]))
    model.predict(model.make_future_dataframe(periods=365))
    with open("/proc/self/status") as file:
        status = dict(line.split(":", 1) for line in file)
    own = int(status["VmHWM"].split()[0]) - int(status["RssFile"].split()[0])
    print("memory", max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024)
else:
    long, short = read_series(sys.argv[1]), read_series(sys.argv[2])
    capped = long.assign(cap=1.2 * long.y.max())
    report("fit_long", cpu_seconds(5, lambda: Prophet().fit(long)))
    report("fit_short", cpu_seconds(15, lambda: Prophet().fit(short)))
    report("fit_multiplicative", cpu_seconds(3, lambda: Prophet(seasonality_mode="multiplicative").fit(long)))
    report("fit_logistic", cpu_seconds(3, lambda: Prophet(growth="logistic").fit(capped)))
    model = Prophet().fit(long)
    future = model.make_future_dataframe(periods=365, include_history=False)
    report("predict", cpu_seconds(3, lambda: model.predict(future)))
