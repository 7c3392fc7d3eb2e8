"""A Knox test over a list of near pairs from scipy's KD-tree: what a careful analyst would write."""
import json
import sys

import numpy as np
from clock import timed
from scipy.spatial import cKDTree

folder, permutations = sys.argv[1], int(sys.argv[2])
events = np.fromfile(f"{folder}/events").reshape(-1, 3)


def knox():
    rng = np.random.default_rng(1)
    pairs = cKDTree(events[:, :2]).query_pairs(200, output_type="ndarray")
    a, b = pairs[:, 0], pairs[:, 1]
    days = events[:, 2].copy()
    observed = int((np.abs(days[a] - days[b]) <= 14).sum())
    larger = 0
    for _ in range(permutations):
        rng.shuffle(days)
        larger += int((np.abs(days[a] - days[b]) <= 14).sum() >= observed)
    return observed, (larger + 1) / (permutations + 1)


answer, (observed, p) = timed(knox)
answer["observed"] = observed
answer["p"] = round(p, 3)
print(json.dumps(answer))
