"""spopt's MCLP solved by HiGHS."""
import json
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import pulp
from clock import timed
from scipy.spatial.distance import cdist
from spopt.locate import MCLP

folder, choose, reach = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
demands = np.fromfile(f"{folder}/demands").reshape(-1, 3)
sites = np.fromfile(f"{folder}/sites").reshape(-1, 2)


def solve():
    costs = cdist(demands[:, :2], sites)
    problem = MCLP.from_cost_matrix(costs, demands[:, 2], reach, p_facilities=choose)
    return problem.solve(pulp.HiGHS(msg=False))


answer, problem = timed(solve)
chosen = [j for j, variable in enumerate(problem.fac_vars) if variable.varValue > 0.5]
covered = (cdist(demands[:, :2], sites[chosen]) <= reach).any(axis=1)
answer["covered"] = float(demands[covered, 2].sum())
print(json.dumps(answer))
