"""Peers of the Isolation Forest benchmark: prints lines "PACKAGE VERSION FEATURES SECONDS" of CPU time.

usage: iforest_peer.py ROWS FEATURES...       one thread; 100 trees of 256 rows; training and scoring all rows
A package that is absent is left out. Rows are standard normal numbers in memory.
"""
import importlib
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"


def sklearn_scores(x):
    from sklearn.ensemble import IsolationForest
    forest = IsolationForest(n_estimators=100, max_samples=256, random_state=1, n_jobs=1).fit(x)
    return forest.score_samples(x)


def isotree_scores(x):
    from isotree import IsolationForest
    forest = IsolationForest(ntrees=100, sample_size=256, ndim=1, missing_action="fail", nthreads=1,
                             prob_pick_avg_gain=0, prob_pick_pooled_gain=0).fit(x)
    return forest.predict(x)


def main():
    try:
        import numpy
    except ImportError:
        return
    rows = int(sys.argv[1])
    for package, scores in (("sklearn", sklearn_scores), ("isotree", isotree_scores)):
        try:
            importlib.import_module(package)
            from importlib.metadata import version
            name = version({"sklearn": "scikit-learn"}.get(package, package))
        except ImportError:
            continue
        for features in map(int, sys.argv[2:]):
            x = numpy.random.default_rng(1).standard_normal((rows, features))
            started = time.process_time()
            result = scores(x)
            took = time.process_time() - started
            assert len(result) == rows
            print(package, name, features, f"{took:.2f}", flush=True)


main()
