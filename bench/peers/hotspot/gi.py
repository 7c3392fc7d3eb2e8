"""esda's Gi* (binary) and local Moran with conditional permutations, compiled before the clock starts."""
import json
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
from clock import timed
from esda import G_Local, Moran_Local
from libpysal.weights import lat2W

folder, rows, columns, permutations = sys.argv[1], *map(int, sys.argv[2:5])
values = np.fromfile(f"{folder}/values")


def both(values, w):
    g = G_Local(values, w, transform="B", star=True, permutations=permutations, n_jobs=-1, seed=1)
    m = Moran_Local(values, w, transformation="r", permutations=permutations, n_jobs=-1, seed=1)
    return g, m


w = lat2W(rows, columns, rook=False)
small = lat2W(20, 20, rook=False)
both(values[:400].copy(), small)  # numba compiles here
answer, (g, m) = timed(lambda: both(values, w))
np.asarray(g.Zs, float).tofile(f"{folder}/z")
np.asarray(g.p_sim, float).tofile(f"{folder}/p")
np.asarray(m.Is, float).tofile(f"{folder}/i")
print(json.dumps(answer))
