"""A plain space-time permutation scan, compiled by numba, one replicate after the other on all cores."""
import json
import math
import sys

import numpy as np
from clock import timed
from numba import njit, prange

folder, periods, longest, replicates = sys.argv[1], *map(int, sys.argv[2:5])
cases = np.fromfile(f"{folder}/cases").reshape(-1, 3)


@njit(parallel=True)
def orders(x, y, most):
    n = len(x)
    order = np.empty((n, most), np.int32)
    for i in prange(n):
        order[i] = np.argsort((x - x[i]) ** 2 + (y - y[i]) ** 2)[:most]
    return order


@njit
def largest(order, age, in_window, longest):
    n, most = order.shape
    counts = np.zeros(longest, np.int64)
    best, where = 0.0, (0, 0, 0)
    for centre in range(n):
        counts[:] = 0
        for size in range(most):
            a = age[order[centre, size]]
            for w in range(a, longest):
                counts[w] += 1
            for w in range(longest):
                c = counts[w]
                expected = (size + 1) * in_window[w] / n
                if c > expected and c >= 2:
                    value = c * math.log(c / expected)
                    if c < n:
                        value += (n - c) * math.log((n - c) / (n - expected))
                    if value > best + 1e-12:
                        best, where = value, (centre, size, w)
    return best, where


@njit(parallel=True)
def simulate(order, age, in_window, longest, replicates):
    result = np.empty(replicates)
    for r in prange(replicates):
        np.random.seed(r)
        result[r] = largest(order, np.random.permutation(age), in_window, longest)[0]
    return result


def scan(cases, replicates):
    order = orders(cases[:, 0].copy(), cases[:, 1].copy(), len(cases) // 2)
    age = periods - 1 - cases[:, 2].astype(np.int64)
    in_window = np.array([(age <= w).sum() for w in range(longest)])
    best, where = largest(order, age, in_window, longest)
    simulated = simulate(order, age, in_window, longest, replicates)
    return best, where, ((simulated >= best - 1e-9).sum() + 1) / (replicates + 1)


scan(cases[:50], 2)  # numba compiles here
answer, (best, (centre, size, w), p) = timed(lambda: scan(cases, replicates))
answer.update(llr=round(best, 6), places=size + 1, **{"from": periods - 1 - w}, p=round(float(p), 3))
print(json.dumps(answer))
