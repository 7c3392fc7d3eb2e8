"""Makes answers.json: fixed data, and what statsmodels (and quadprog, SciPy) make of them.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r requirements.txt
    /tmp/peers/bin/python make.py

The Rust tests read answers.json alone; nothing here runs in them.
"""

import json
import pathlib

import numpy as np
import quadprog
import scipy.stats
import statsmodels.api as sm
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson

rng = np.random.default_rng(20261123)
TIGHT = {"tol": 1e-13, "maxiter": 300}


def numbers(values):
    return [float(v) for v in np.asarray(values).ravel()]


def fourier(month, terms):
    columns = []
    for k in range(1, terms + 1):
        angle = 2 * np.pi * k * month / 12
        if k < 6:
            columns.append(np.sin(angle))
        columns.append(np.cos(angle))
    return np.column_stack(columns)


def inference(result, names):
    interval = result.conf_int()
    return {
        name: {
            "value": float(result.params[j]),
            "se": float(result.bse[j]),
            "p": float(result.pvalues[j]),
            "low": float(interval[j][0]),
            "high": float(interval[j][1]),
        }
        for j, name in enumerate(names)
    }


def interrupted_poisson():
    """48 months from April, exposure in days, step and change of slope, two pairs of season terms."""
    n, start, first = 48, 30, 4
    t = np.arange(n)
    month = (t + first - 1) % 12
    days = np.array([[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m] for m in month], dtype=float)
    step = (t >= start).astype(float)
    ramp = np.where(t >= start, t - start, 0.0)
    mu = days * np.exp(0.4 + 0.004 * t - 0.25 * step - 0.01 * ramp + 0.3 * np.cos(2 * np.pi * (month - 6) / 12))
    # A hidden level that goes from month to month, so that robust errors matter.
    hidden = np.zeros(n)
    for i in range(1, n):
        hidden[i] = 0.5 * hidden[i - 1] + rng.normal(0, 0.12)
    y = rng.poisson(mu * np.exp(hidden))
    x = np.column_stack([np.ones(n), t, step, ramp, fourier(month, 2)])
    names = ["level", "trend", "step", "change of slope", "sine 1", "cosine 1", "sine 2", "cosine 2"]
    result = sm.GLM(y, x, family=sm.families.Poisson(), offset=np.log(days)).fit(
        cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True}, use_t=True, **TIGHT
    )
    away = x.copy()
    away[:, 2:4] = 0
    after = t >= start
    without = np.exp(away @ result.params + np.log(days))
    avoided = float((without - result.fittedvalues)[after].sum())
    gradient = ((without[:, None] * away) - (result.fittedvalues[:, None] * x))[after].sum(axis=0)
    average = np.zeros(x.shape[1])
    average[2], average[3] = 1, ramp[after].mean()
    test = result.t_test(average)
    return {
        "counts": [int(v) for v in y],
        "exposure": numbers(days),
        "start": start,
        "first_month": first,
        "lags": 4,
        "coefficients": inference(result, names),
        "average": {"value": float(np.squeeze(test.effect)), "se": float(np.squeeze(test.sd)), "p": float(np.squeeze(test.pvalue))},
        "avoided": avoided,
        "avoided_se": float(np.sqrt(gradient @ result.cov_params() @ gradient)),
        "fitted": numbers(result.fittedvalues),
        "without": numbers(without),
        "log_likelihood": float(result.llf),
        "overdispersion": float(result.pearson_chi2 / result.df_resid),
    }


def interrupted_negative_binomial():
    """60 months from January, every month for itself, step only; alpha by maximum likelihood."""
    n, start, first = 60, 36, 1
    t = np.arange(n)
    month = (t + first - 1) % 12
    step = (t >= start).astype(float)
    mu = np.exp(3.6 + 0.003 * t - 0.2 * step + 0.25 * np.cos(2 * np.pi * (month - 6) / 12))
    y = rng.negative_binomial(1 / 0.05, 1 / (1 + 0.05 * mu))
    dummies = np.column_stack([(month == m).astype(float) for m in range(1, 12)])
    x = np.column_stack([np.ones(n), t, step, dummies])
    names = ["level", "trend", "step"] + [f"month {m}" for m in range(2, 13)]
    model = sm.NegativeBinomial(y, x)
    first_fit = model.fit(method="bfgs", maxiter=10000, gtol=1e-9, disp=False)
    exact = model.fit(start_params=first_fit.params, method="newton", maxiter=200, tol=1e-14, disp=False)
    alpha = float(exact.params[-1])
    result = sm.GLM(y, x, family=sm.families.NegativeBinomial(alpha=alpha)).fit(
        cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}, use_t=True, **TIGHT
    )
    assert np.allclose(result.params, exact.params[:-1], atol=1e-7)
    return {
        "counts": [int(v) for v in y],
        "start": start,
        "first_month": first,
        "lags": 3,
        "alpha": alpha,
        "log_likelihood": float(exact.llf),
        "coefficients": inference(result, names),
        "overdispersion": float(result.pearson_chi2 / result.df_resid),
    }


def panel():
    """13 areas over 30 months, 5 of them with something from month 18 on; four months are missing."""
    units, months, start = 13, 30, 18
    treated = np.arange(units) < 5
    level = rng.uniform(2.0, 3.6, units)
    residents = rng.integers(900, 5000, units).astype(float)
    season = 0.2 * np.sin(2 * np.pi * np.arange(months) / 12)
    counts = []
    for i in range(units):
        own = rng.normal(0, 0.15)
        after = np.arange(months) >= start
        mu = residents[i] / 2000 * np.exp(level[i] + season + after * (own - 0.25 * treated[i]) + rng.normal(0, 0.1, months))
        counts.append([int(v) for v in rng.poisson(mu)])
    for i, t in [(0, 3), (6, 20), (6, 21), (12, 29)]:
        counts[i][t] = None
    return {"treated": [bool(v) for v in treated], "residents": numbers(residents), "counts": counts, "start": start}


def design(data, window, columns):
    """Area and month dummies, then columns(t) for areas with it."""
    rows, y, offset, cluster = [], [], [], []
    window = list(window)
    for i, series in enumerate(data["counts"]):
        for m, t in enumerate(window):
            if series[t] is None:
                continue
            unit = [float(j == i) for j in range(1, len(data["counts"]))]
            month = [float(k == m) for k in range(1, len(window))]
            wanted = [v * data["treated"][i] for v in columns(t)]
            rows.append([1.0] + unit + month + wanted)
            y.append(series[t])
            offset.append(np.log(data["residents"][i]))
            cluster.append(i)
    result = sm.GLM(np.array(y), np.array(rows), family=sm.families.Poisson(), offset=np.array(offset)).fit(
        cov_type="cluster", cov_kwds={"groups": np.array(cluster)}, **TIGHT
    )
    return result


def welch(treated):
    t, c = sum(treated), len(treated) - sum(treated)
    return (1 / t + 1 / c) ** 2 / (1 / t**2 / (t - 1) + 1 / c**2 / (c - 1))


def differences():
    data = panel()
    start = data["start"]
    months = len(data["counts"][0])
    degrees = welch(data["treated"])

    def last(result):
        value, se = float(result.params[-1]), float(result.bse[-1])
        reach = scipy.stats.t.ppf(0.975, degrees) * se
        p = float(2 * scipy.stats.t.sf(abs(value / se), degrees))
        return {"value": value, "se": se, "p": p, "low": value - reach, "high": value + reach}

    effect = design(data, range(months), lambda t: [float(t >= start)])
    trend = design(data, range(start), lambda t: [float(t)])
    # Bins of six months; the one before the start is the reference.
    bins = [-3, -2, 0, 1]
    study = design(data, range(months), lambda t: [float((t - start) // 6 == b) for b in bins])
    k = len(bins)
    leads = np.zeros((2, len(study.params)))
    leads[0, -k], leads[1, -k + 1] = 1, 1
    wald = study.wald_test(leads, scalar=True, use_f=False)
    statistic = float(wald.statistic)
    return {
        **data,
        "degrees": degrees,
        "effect": last(effect),
        "overdispersion": float(effect.pearson_chi2 / effect.df_resid),
        "pre_trend": last(trend),
        "bins": bins,
        "study": [{"value": float(study.params[-k + j]), "se": float(study.bse[-k + j])} for j in range(k)],
        "wald": statistic,
        "wald_p": float(scipy.stats.f.sf(statistic / 2, 2, degrees)),
    }


def simplex(area, donors, start):
    x = np.array(donors)[:, :start].T
    y = np.array(area)[:start]
    n = x.shape[1]
    # min ½ w'Gw − a'w  with  Σw = 1 and w ≥ 0
    c = np.column_stack([np.ones(n), np.eye(n)])
    b = np.concatenate([[1.0], np.zeros(n)])
    return np.clip(quadprog.solve_qp(x.T @ x, x.T @ y, c, b, meq=1)[0], 0, None)


def synthetic():
    """One area and eight donors over 40 months, 28 before: quadprog's exact weights."""
    months, donors, start = 40, 8, 28
    common = np.cumsum(rng.normal(0, 0.4, (3, months)), axis=1)
    loads = rng.dirichlet([1, 1, 1], donors)
    others = 20 + loads @ common * 2 + rng.normal(0, 0.5, (donors, months))
    mixed = np.array([0.5, 0.3, 0.2, 0, 0, 0, 0, 0]) @ others + rng.normal(0, 0.3, months)
    mixed[start:] -= 3
    area = numbers(mixed)
    donors_list = [numbers(d) for d in others]
    weights = simplex(area, donors_list, start)
    gaps = np.array(area) - weights @ others
    ratios = []
    for j in range(donors):
        rest = [d for i, d in enumerate(donors_list) if i != j]
        w = simplex(donors_list[j], rest, start)
        gap = np.array(donors_list[j]) - w @ np.array(rest)
        ratios.append(float(np.sqrt((gap[start:] ** 2).mean() / (gap[:start] ** 2).mean())))
    return {
        "area": area,
        "donors": donors_list,
        "start": start,
        "weights": numbers(weights),
        "mean_gap": float(gaps[start:].mean()),
        "error_before": float(np.sqrt((gaps[:start] ** 2).mean())),
        "error_after": float(np.sqrt((gaps[start:] ** 2).mean())),
        "placebo_ratios": ratios,
    }


def survival():
    """120 people in whole months (many ties), three ways out, censored at up to 24 months."""
    n = 120
    times = np.vstack([rng.exponential(s, n) for s in (20, 45, 80)])
    way = times.argmin(axis=0) + 1
    time = np.ceil(times.min(axis=0))
    follow = rng.integers(4, 25, n)
    way = np.where(time > follow, 0, way)
    time = np.minimum(time, follow)
    km = SurvfuncRight(time, (way == 1).astype(int))
    # Only times with an exit by any way: statsmodels also lists times of censoring.
    ways = CumIncidenceRight(time, way)
    exits = np.isin(ways.times, np.unique(time[way > 0]))
    z = scipy.stats.norm.ppf(0.975)
    theta = z * km.surv_prob_se / (km.surv_prob * np.log(km.surv_prob))
    return {
        "time": numbers(time),
        "way": [int(v) for v in way],
        "km_time": numbers(km.surv_times),
        "km": numbers(km.surv_prob),
        "km_se": numbers(km.surv_prob_se),
        "km_low": numbers(km.surv_prob ** np.exp(-theta)),
        "km_high": numbers(km.surv_prob ** np.exp(theta)),
        "incidence_time": numbers(ways.times[exits]),
        "incidence": [numbers(c[exits]) for c in ways.cinc],
        "incidence_se": [numbers(c[exits]) for c in ways.cinc_se],
    }


def intervals():
    shares = [(0, 20), (1, 29), (81, 263), (15, 148), (500, 500), (3, 100000)]
    counts = [0, 1, 7, 42, 1203]
    return {
        "wilson": [[k, n, *numbers(proportion_confint(k, n, method="wilson"))] for k, n in shares],
        "poisson": [[k, *numbers(confint_poisson(k, 1, method="exact-c"))] for k in counts],
        "student": [[df, float(scipy.stats.t.ppf(0.975, df))] for df in (1, 2.5, 7, 33, 480)],
    }


answers = {
    "made_with": pathlib.Path(__file__).with_name("requirements.txt").read_text().split(),
    "interrupted_poisson": interrupted_poisson(),
    "interrupted_negative_binomial": interrupted_negative_binomial(),
    "differences": differences(),
    "synthetic": synthetic(),
    "survival": survival(),
    "intervals": intervals(),
}
path = pathlib.Path(__file__).with_name("answers.json")
path.write_text(json.dumps(answers, indent=1) + "\n")
print("wrote", path)
