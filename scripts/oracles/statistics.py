"""What numpy, scipy and pandas compute of small made-up columns: the oracle of crates/statistics.

    python3 -m venv .venv && .venv/bin/pip install numpy==2.4.6 scipy==1.17.1 pandas==3.1.1
    .venv/bin/python scripts/oracles/statistics.py > crates/statistics/tests/data/oracle.json

The columns are integers from a seeded generator, and are written beside the results, so that the tests need no Python.
"""

import json
import math
import random
import sys

import numpy as np
import pandas as pd
import scipy
from scipy import stats

PERCENTS = [0, 1, 5, 10, 25, 33, 50, 75, 90, 95, 99, 100]
TYPES = {"Six": "weibull", "Seven": "linear", "Eight": "median_unbiased"}


def columns():
    rng = random.Random(20240301)
    yield "log_normal", [round(math.exp(rng.gauss(9, 1.5))) for _ in range(400)]
    yield "ties", [rng.randrange(10) for _ in range(150)]
    yield "signs", [rng.randrange(-10**9, 10**9) for _ in range(101)]
    yield "mostly_equal", [500] * 60 + [rng.randrange(400, 700) for _ in range(20)] + [90000]
    yield "far_from_zero", [10**12 + rng.randrange(5) for _ in range(99)]
    yield "two", [3, 8]
    yield "five", [1, 2, 4, 8, 100]


def column(values):
    x = np.array(values, dtype=np.int64)
    centred = x - np.median(x)
    mad = float(stats.median_abs_deviation(x))
    spread = mad * 1.482602218505602 if mad > 0 else float(np.mean(np.abs(centred))) * math.sqrt(math.pi / 2)
    first, third = np.quantile(x, [0.25, 0.75])
    shifted = x - x[0]  # scipy and numpy work in doubles: spare them the cancellation
    return {
        "values": values,
        "mean": float(x.mean()),
        "sd": float(np.std(shifted, ddof=1)),
        "skewness": float(stats.skew(shifted)),
        "sample_skewness": float(stats.skew(shifted, bias=False)) if len(x) > 2 else None,
        "kurtosis": float(stats.kurtosis(shifted)),
        "sample_kurtosis": float(stats.kurtosis(shifted, bias=False)) if len(x) > 3 else None,
        "quantiles": {
            name: [float(np.quantile(x, percent / 100, method=method)) for percent in PERCENTS]
            for name, method in TYPES.items()
        },
        "mad": mad,
        "iqr": float(stats.iqr(x)),
        "trimmed_mean": float(stats.trim_mean(x, 0.1)),
        "winsorised_mean": float(np.mean(stats.mstats.winsorize(x, limits=(0.1, 0.1)))),
        "modified_z": np.flatnonzero(np.abs(centred) / spread > 3.5).tolist(),
        "tukey": tukey(x, first, third),
    }


def tukey(x, first, third):
    reach = 1.5 * (third - first)
    # Without a spread every other value would be an outlier: docmill says that it can't tell.
    return np.flatnonzero((x < first - reach) | (x > third + reach)).tolist() if reach > 0 else None


def pairs():
    rng = random.Random(7)
    x = [round(math.exp(rng.gauss(8, 1))) for _ in range(300)]
    yield "noisy_line", x, [value * 3 + rng.randrange(-3000, 3000) for value in x]
    yield "ties", [rng.randrange(6) for _ in range(200)], [rng.randrange(4) for _ in range(200)]
    up = [rng.randrange(50) for _ in range(120)]
    yield "falling_with_ties", up, [-(value // 3) for value in up]
    yield "three", [1, 2, 3], [5, 1, 9]


def correlation(x, y):
    return {
        "left": x,
        "right": y,
        "pearson": float(stats.pearsonr(x, y).statistic),
        "spearman": float(stats.spearmanr(x, y).statistic),
        "kendall": float(stats.kendalltau(x, y).statistic),
    }


def benford():
    rng = random.Random(11)
    values = [round(math.exp(rng.uniform(2, 15))) for _ in range(2500)] + [rng.randrange(400000, 600000) for _ in range(400)]
    digits = [int((str(value) + "0")[:2]) for value in values]
    tests = {
        "First": ([digit // 10 for digit in digits], range(1, 10), lambda d: math.log10(1 + 1 / d)),
        "Second": ([digit % 10 for digit in digits], range(10), lambda d: sum(math.log10(1 + 1 / (10 * f + d)) for f in range(1, 10))),
        "FirstTwo": (digits, range(10, 100), lambda d: math.log10(1 + 1 / d)),
    }
    found = {"values": values}
    for name, (leading, places, law) in tests.items():
        counts = np.array([leading.count(place) for place in places])
        expected = np.array([law(place) for place in places])
        n = counts.sum()
        difference = np.abs(counts / n - expected)
        corrected = np.where(difference > 1 / (2 * n), difference - 1 / (2 * n), difference)
        chi = stats.chisquare(counts, expected * n, sum_check=False)
        found[name] = {
            "counts": counts.tolist(),
            "z": (corrected / np.sqrt(expected * (1 - expected) / n)).tolist(),
            "chi_squared": float(chi.statistic),
            "probability": float(chi.pvalue),
            "mad": float(difference.mean()),
        }
    return found


def concentration():
    rng = random.Random(3)
    sums = [round(math.exp(rng.gauss(10, 2))) for _ in range(60)] + [0, 0]
    x = np.sort(np.array(sums, dtype=float))
    n = len(x)
    cumulative = np.cumsum(x[::-1]) / x.sum()
    before = np.concatenate([[0], cumulative[:-1]])
    return {
        "sums": sums,
        "hhi": float(np.sum((x / x.sum()) ** 2)),
        "gini": float(np.sum((2 * np.arange(1, n + 1) - n - 1) * x) / (n * x.sum())),
        "top_5": float(cumulative[4]),
        "class_a": int(np.sum(before < 0.80)),
        "class_b": int(np.sum((before >= 0.80) & (before < 0.95))),
    }


def months():
    rng = random.Random(5)
    days = [rng.randrange(18000, 19100) for _ in range(500)]
    amounts = [rng.randrange(-1000, 100000) for _ in days]
    frame = pd.DataFrame({"day": pd.to_datetime(days, unit="D"), "amount": amounts})
    by_month = frame.set_index("day")["amount"].resample("MS").agg(["sum", "count"])
    number = lambda value: None if pd.isna(value) else float(value)
    return {
        "days": days,
        "amounts": amounts,
        "months": [when.year * 12 + when.month - 1 for when in by_month.index],
        "sums": [int(value) for value in by_month["sum"]],
        "counts": [int(value) for value in by_month["count"]],
        "mom": [number(value) for value in by_month["sum"].pct_change()],
        "yoy": [number(value) for value in by_month["sum"].pct_change(12)],
        "weekend": float((frame["day"].dt.day_of_week >= 5).mean()),
        "last_three": float((frame["day"].dt.days_in_month - frame["day"].dt.day < 3).mean()),
    }


def groups():
    rng = random.Random(13)
    keys = [rng.randrange(12) for _ in range(600)]
    amounts = [round(math.exp(rng.gauss(6 + key / 4, 1))) for key in keys]
    frame = pd.DataFrame({"key": keys, "amount": amounts})
    by = frame.groupby("key")["amount"]
    return {
        "keys": keys,
        "amounts": amounts,
        "count": by.count().tolist(),
        "sum": [int(value) for value in by.sum()],
        "mean": by.mean().tolist(),
        "sd": by.std().tolist(),
        "min": [int(value) for value in by.min()],
        "q1": by.quantile(0.25).tolist(),
        "median": by.median().tolist(),
        "q3": by.quantile(0.75).tolist(),
        "max": [int(value) for value in by.max()],
        "mad": [float(stats.median_abs_deviation(group)) for _, group in by],
    }


def bootstrap():
    rng = random.Random(17)
    values = [round(math.exp(rng.gauss(7, 1))) for _ in range(200)]
    found = {"values": values}
    for name, statistic in {"mean": np.mean, "median": np.median}.items():
        for method in ["percentile", "BCa"] if name == "mean" else ["percentile"]:
            interval = stats.bootstrap(
                (np.array(values),), statistic, n_resamples=200_000, method=method, batch=10_000,
                rng=np.random.default_rng(1),
            ).confidence_interval
            found[f"{name}_{method}"] = [float(interval.low), float(interval.high)]
    return found


def tails():
    probabilities = [1e-300, 1e-20, 1e-9, 1e-4, 0.025, 0.0749, 0.0751, 0.3, 0.7, 0.9249, 0.9251, 0.975, 0.9999]
    normal = [[p, float(stats.norm.ppf(p)), float(stats.norm.cdf(stats.norm.ppf(p)))] for p in probabilities]
    chi_squared = [
        [x, degrees, float(stats.chi2.sf(x, degrees))]
        for degrees in (1, 2, 3, 8, 9, 89)
        for x in (0.01, 1.0, 5.5, 15.0, 80.0, 120.0, 700.0)
    ]
    return {"normal": normal, "chi_squared": chi_squared}


def main():
    oracle = {
        "made_by": {"numpy": np.__version__, "scipy": scipy.__version__, "pandas": pd.__version__},
        "percents": PERCENTS,
        "columns": {name: column(values) for name, values in columns()},
        "pairs": {name: correlation(x, y) for name, x, y in pairs()},
        "benford": benford(),
        "concentration": concentration(),
        "months": months(),
        "groups": groups(),
        "bootstrap": bootstrap(),
        "tails": tails(),
    }
    json.dump(oracle, sys.stdout, separators=(",", ":"))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
