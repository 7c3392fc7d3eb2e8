"""pointpats' Knox test with permutations."""
import json
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
from clock import timed
from pointpats import spacetime

folder, permutations = sys.argv[1], int(sys.argv[2])
events = np.fromfile(f"{folder}/events").reshape(-1, 3)
np.random.seed(1)
answer, result = timed(
    lambda: spacetime.Knox(events[:, :2], events[:, 2:], 200, 14, permutations=permutations)
)
answer["observed"] = int(result.statistic_)
answer["p"] = round(float(result.p_sim), 3)
print(json.dumps(answer))
