"""One engine in one process: decodes the documents, then makes each analysis, and prints costs and answers as JSON.

Called by bench.py: `peers.py ENGINE FILE LIMIT_S`. Each step runs three times, the least CPU and wall time count; a step of
which one run took longer than LIMIT_S runs once. What the engines decode is what docmill does: vendor, currency and day of
each item beside its amount, quantity and category. Amounts stay floats and vendors texts until then; before the analyses,
uncounted, amounts become cents in 64 bits and vendors and currencies numbers, as docmill's columns have them.
"""

import gc
import json
import os
import resource
import sys
import time

THREADS = 2
RUNS = 3
RESAMPLED = REPLICATES = 10_000
Z = 3.5 * 1.482602218505602
DAYS_MAX = 3
EDITS_MAX = 2
SEED = 42

os.environ["POLARS_MAX_THREADS"] = os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(THREADS)


def measure(work, limit_s):
    """The least CPU and wall seconds of three runs, and what `work` returned."""
    cpu_s = wall_s = float("inf")
    for _ in range(RUNS):
        found = None
        gc.collect()
        cpu, start = cpu_seconds(), time.perf_counter()
        found = work()
        took = time.perf_counter() - start
        wall_s, cpu_s = min(wall_s, took), min(cpu_s, cpu_seconds() - cpu)
        if took > limit_s:
            break
    return {"cpu_s": cpu_s, "wall_s": wall_s}, found


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Polars:
    def __init__(self, file):
        import polars as pl

        self.pl, self.file = pl, file

    def decode(self):
        pl = self.pl
        item = pl.Struct({"amount": pl.Float64, "quantity": pl.Float64, "category": pl.String})
        schema = {"id": pl.String, "vendor": pl.String, "currency": pl.String, "date": pl.String, "lines": pl.List(item)}
        frame = pl.scan_ndjson(self.file, schema=schema).with_columns(pl.col("date").str.to_date("%Y-%m-%d"))
        return frame.explode("lines").unnest("lines").collect()

    def decoded(self, frame):
        pl = self.pl
        return {
            "documents": frame["id"].n_unique(),
            "items": len(frame),
            "sum": int((frame["amount"] * 100).round().cast(pl.Int64).sum()),
            "days": int(frame["date"].cast(pl.Int32).cast(pl.Int64).sum()),
            "vendors": frame["vendor"].n_unique(),
        }

    def prepare(self, frame):
        pl = self.pl
        self.names = frame["vendor"].unique().sort().to_list()
        codes = {name: code for code, name in enumerate(self.names)}
        currencies = {name: code for code, name in enumerate(sorted(frame["currency"].unique()))}
        self.frame = frame.select(
            amount=(pl.col("amount") * 100).round().cast(pl.Int64),
            vendor=pl.col("vendor").replace_strict(codes, return_dtype=pl.UInt32),
            currency=pl.col("currency").replace_strict(currencies, return_dtype=pl.UInt32),
            day=pl.col("date").cast(pl.Int32),
        )

    def groups(self):
        pl, amount = self.pl, self.pl.col("amount")
        found = self.frame.group_by("vendor", "currency").agg(
            count=pl.len(), sum=amount.sum(), mean=amount.mean(), deviation=amount.std(), least=amount.min(),
            first=amount.quantile(0.25, "linear"), median=amount.median(), third=amount.quantile(0.75, "linear"),
            greatest=amount.max(), mad=(amount - amount.median()).abs().median(),
        )
        return group_answers(len(found), lambda name: found[name].sum())

    def outliers(self):
        pl, amount = self.pl, self.pl.col("amount")
        limits = self.frame.group_by("vendor").agg(
            median=amount.median(), mad=(amount - amount.median()).abs().median(),
        )
        found = self.frame.lazy().select("amount", "vendor").with_row_index("row").join(
            limits.lazy(), on="vendor", how="left", maintain_order="left",
        ).filter((amount - pl.col("median")).abs() > Z * pl.col("mad")).select("row").collect()
        return {"flagged": len(found), "rows": int(found["row"].cast(pl.Int64).sum())}

    def benford(self):
        pl = self.pl
        magnitude = pl.col("amount").abs()
        # Its logarithm of 1,000 is a little less than 3.
        power = (magnitude.log10() + 1e-12).floor() - 1
        digits = (magnitude / pl.lit(10.0).pow(power)).floor().cast(pl.UInt8)
        found = self.frame.lazy().filter(magnitude > 0).select(digits=digits).group_by("digits").len().collect()
        return benford_answers(dict(zip(found["digits"].to_list(), found["len"].to_list())))

    def near_duplicates(self):
        pl = self.pl
        rows = self.frame.lazy().with_row_index("row").filter(pl.col("amount") != 0).with_columns(
            bucket=pl.col("day") // (DAYS_MAX + 1),
        )
        keys = ["amount", "currency", "bucket"]
        same = rows.join(rows, on=keys, suffix="_other").filter(pl.col("row") < pl.col("row_other"))
        later = rows.with_columns(bucket=pl.col("bucket") + 1)
        next_ = rows.join(later, on=keys, suffix="_other")
        pairs = [
            side.filter((pl.col("day") - pl.col("day_other")).abs() <= DAYS_MAX)
            .select("row", "row_other", "vendor", "vendor_other")
            for side in (same, next_)
        ]
        found = pl.concat(pairs).collect()
        near = near_vendors(self.names, found.select("vendor", "vendor_other").unique().rows())
        near = pl.DataFrame(near, schema={"vendor": pl.UInt32, "vendor_other": pl.UInt32}, orient="row")
        kept = found.join(near, on=["vendor", "vendor_other"], how="semi")
        total = kept.select((pl.col("row").cast(pl.Int64) + pl.col("row_other").cast(pl.Int64)).sum()).item()
        return {"candidates": len(found), "pairs": len(kept), "rows": int(total)}

    def bootstrap(self):
        values = self.frame["amount"].head(RESAMPLED)
        means = [
            values.sample(RESAMPLED, with_replacement=True, seed=SEED + replicate).mean()
            for replicate in range(REPLICATES)
        ]
        return interval(values.mean(), means)


class DuckDb:
    def __init__(self, file):
        import duckdb

        self.file = file
        self.db = duckdb.connect()
        self.db.execute(f"SET threads = {THREADS}")
        self.db.execute("SET preserve_insertion_order = true")

    def decode(self):
        self.db.execute("DROP TABLE IF EXISTS decoded")
        columns = (
            "{id: 'VARCHAR', vendor: 'VARCHAR', currency: 'VARCHAR', date: 'DATE', "
            "lines: 'STRUCT(amount DOUBLE, quantity DOUBLE, category VARCHAR)[]'}"
        )
        self.db.execute(
            f"CREATE TABLE decoded AS SELECT id, vendor, currency, date, unnest(lines, recursive := true) "
            f"FROM read_json('{self.file}', format = 'newline_delimited', columns = {columns})"
        )

    def one(self, query):
        return self.db.execute(query).fetchone()

    def decoded(self, _):
        documents, items, total, days, vendors = self.one(
            "SELECT count(DISTINCT id), count(*), sum(round(amount * 100)::BIGINT)::BIGINT, "
            "sum(date - DATE '1970-01-01')::BIGINT, count(DISTINCT vendor) FROM decoded"
        )
        return {"documents": documents, "items": items, "sum": total, "days": days, "vendors": vendors}

    def prepare(self, _):
        self.db.execute("CREATE TABLE vendors AS SELECT name, (row_number() OVER (ORDER BY name) - 1)::UINTEGER AS code FROM (SELECT DISTINCT vendor AS name FROM decoded)")
        self.db.execute("CREATE TABLE currencies AS SELECT name, (row_number() OVER (ORDER BY name) - 1)::UINTEGER AS code FROM (SELECT DISTINCT currency AS name FROM decoded)")
        self.db.execute(
            "CREATE TABLE items AS SELECT d.rowid::UINTEGER AS row, round(d.amount * 100)::BIGINT AS amount, v.code AS vendor, "
            "c.code AS currency, (d.date - DATE '1970-01-01')::INTEGER AS day FROM decoded d "
            "JOIN vendors v ON v.name = d.vendor JOIN currencies c ON c.name = d.currency ORDER BY d.rowid"
        )
        self.db.execute("DROP TABLE decoded")

    def groups(self):
        row = self.one(
            "SELECT count(*), sum(n), sum(total), sum(mean), sum(deviation), sum(least), sum(greatest), "
            "sum(q[1]), sum(q[2]), sum(q[3]), sum(mad) FROM (SELECT count(*) AS n, sum(amount) AS total, avg(amount) AS mean, "
            "stddev_samp(amount) AS deviation, min(amount) AS least, max(amount) AS greatest, "
            "quantile_cont(amount, [0.25, 0.5, 0.75]) AS q, mad(amount) AS mad FROM items GROUP BY vendor, currency)"
        )
        names = ["count", "sum", "mean", "deviation", "least", "greatest", "first", "median", "third", "mad"]
        return group_answers(row[0], dict(zip(names, row[1:])).__getitem__)

    def outliers(self):
        flagged, rows = self.one(
            "WITH limits AS (SELECT vendor, median(amount) AS median, mad(amount) AS mad FROM items GROUP BY vendor) "
            f"SELECT count(*), sum(row) FROM items JOIN limits USING (vendor) WHERE abs(amount - median) > {Z} * mad"
        )
        return {"flagged": flagged, "rows": int(rows)}

    def benford(self):
        rows = self.db.execute(
            "SELECT floor(a / pow(10, floor(log10(a)) - 1))::UTINYINT AS digits, count(*) "
            "FROM (SELECT abs(amount) AS a FROM items WHERE amount <> 0) GROUP BY digits"
        ).fetchall()
        return benford_answers(dict(rows))

    def near_duplicates(self):
        # Buckets of days make the join one of equal keys; whether two vendors are near is computed once for each two.
        near = (
            "CREATE TEMP TABLE candidates AS "
            f"WITH rows AS (SELECT row, amount, vendor, currency, day, day // {DAYS_MAX + 1} AS bucket FROM items WHERE amount <> 0) "
            "SELECT a.row AS row, b.row AS other, a.vendor AS vendor, b.vendor AS vendor_other FROM rows a JOIN rows b "
            "ON a.amount = b.amount AND a.currency = b.currency AND a.bucket = b.bucket "
            f"WHERE a.row < b.row AND abs(a.day - b.day) <= {DAYS_MAX} "
            "UNION ALL SELECT a.row, b.row, a.vendor, b.vendor FROM rows a JOIN rows b "
            "ON a.amount = b.amount AND a.currency = b.currency AND a.bucket = b.bucket + 1 "
            f"WHERE abs(a.day - b.day) <= {DAYS_MAX}"
        )
        self.db.execute("DROP TABLE IF EXISTS candidates")
        self.db.execute(near)
        candidates, pairs, rows = self.one(
            "WITH near AS (SELECT c.vendor, c.vendor_other FROM (SELECT DISTINCT vendor, vendor_other FROM candidates) c "
            "JOIN vendors v ON v.code = c.vendor JOIN vendors w ON w.code = c.vendor_other "
            f"WHERE abs(length(v.name) - length(w.name)) <= {EDITS_MAX} AND levenshtein(v.name, w.name) <= {EDITS_MAX}) "
            "SELECT (SELECT count(*) FROM candidates), count(*), sum(row::BIGINT + other::BIGINT)::BIGINT "
            "FROM candidates JOIN near USING (vendor, vendor_other)"
        )
        return {"candidates": candidates, "pairs": pairs, "rows": rows}

    def bootstrap(self):
        estimate = self.one(f"SELECT avg(amount) FROM items WHERE row < {RESAMPLED}")[0]
        self.db.execute(f"SELECT setseed({SEED / 100})")
        means = self.db.execute(
            f"SELECT avg(amount) FROM (SELECT g.replicate AS replicate, floor(random() * {RESAMPLED})::UINTEGER AS row "
            f"FROM range({REPLICATES}) g(replicate), range({RESAMPLED})) JOIN items USING (row) GROUP BY replicate"
        ).fetchnumpy()
        (means,) = means.values()
        return interval(estimate, means)


class Pandas:
    def __init__(self, file):
        import numpy as np
        import pandas as pd
        import pyarrow as pa

        pa.set_cpu_count(THREADS)
        self.np, self.pd, self.pa, self.file = np, pd, pa, file

    def decode(self):
        """By Arrow: pandas' own reader takes a Python object for every item, and several times as long."""
        import pyarrow.compute as pc
        import pyarrow.json as pj

        pa = self.pa
        item = pa.struct([("amount", pa.float64()), ("quantity", pa.float64()), ("category", pa.string())])
        schema = pa.schema([
            ("id", pa.string()), ("vendor", pa.string()), ("currency", pa.string()), ("date", pa.string()), ("lines", pa.list_(item)),
        ])
        table = pj.read_json(
            self.file, read_options=pj.ReadOptions(block_size=8 << 20),
            parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
        parents = pc.list_parent_indices(table["lines"])
        items = pc.list_flatten(table["lines"])
        days = pc.cast(pc.cast(table["date"], pa.date32()), pa.int32())
        columns = {name: pc.struct_field(items, name) for name in ("amount", "quantity", "category")}
        columns |= {name: table[name].take(parents) for name in ("vendor", "currency")}
        columns["day"] = days.take(parents)
        frame = pa.table(columns).to_pandas(types_mapper={pa.string(): self.pd.ArrowDtype(pa.string())}.get)
        return frame, len(table)

    def decoded(self, found):
        frame, documents = found
        return {
            "documents": documents,
            "items": len(frame),
            "sum": int((frame["amount"] * 100).round().astype("int64").sum()),
            "days": int(frame["day"].astype("int64").sum()),
            "vendors": frame["vendor"].nunique(),
        }

    def prepare(self, found):
        frame, _ = found
        vendors, names = self.pd.factorize(frame["vendor"], sort=True)
        self.names = list(names)
        self.frame = self.pd.DataFrame({
            "amount": (frame["amount"] * 100).round().astype("int64"),
            "vendor": vendors.astype("uint32"),
            "currency": self.pd.factorize(frame["currency"], sort=True)[0].astype("uint32"),
            "day": frame["day"].astype("int32"),
        })

    def groups(self):
        keys = ["vendor", "currency"]
        grouped = self.frame.groupby(keys, sort=False)["amount"]
        found = grouped.agg(count="count", sum="sum", mean="mean", deviation="std", least="min", median="median", greatest="max")
        quartiles = grouped.quantile([0.25, 0.75]).unstack()
        distance = (self.frame["amount"] - grouped.transform("median")).abs()
        mad = distance.groupby([self.frame[key] for key in keys], sort=False).median()
        found["first"], found["third"], found["mad"] = quartiles[0.25], quartiles[0.75], mad
        return group_answers(len(found), lambda name: found[name].sum())

    def outliers(self):
        distance = (self.frame["amount"] - self.frame.groupby("vendor")["amount"].transform("median")).abs()
        mad = distance.groupby(self.frame["vendor"]).transform("median")
        (rows,) = self.np.nonzero((distance > Z * mad).to_numpy())
        return {"flagged": len(rows), "rows": int(rows.sum())}

    def benford(self):
        np = self.np
        magnitude = np.abs(self.frame["amount"].to_numpy())
        magnitude = magnitude[magnitude > 0].astype("float64")
        digits = np.floor(magnitude / np.power(10.0, np.floor(np.log10(magnitude)) - 1)).astype("int64")
        return benford_answers(dict(enumerate(np.bincount(digits, minlength=100).tolist())))

    def near_duplicates(self):
        np, frame = self.np, self.frame[self.frame["amount"] != 0]
        rows = frame.assign(row=frame.index, bucket=frame["day"] // (DAYS_MAX + 1))
        keys = ["amount", "currency", "bucket"]
        same = rows.merge(rows, on=keys, suffixes=("", "_other"))
        same = same[same["row"] < same["row_other"]]
        next_ = rows.merge(rows.assign(bucket=rows["bucket"] + 1), on=keys, suffixes=("", "_other"))
        found = self.pd.concat([same, next_], ignore_index=True)
        found = found[(found["day"] - found["day_other"]).abs() <= DAYS_MAX]
        both = found["vendor"].to_numpy(dtype="int64") * len(self.names) + found["vendor_other"].to_numpy(dtype="int64")
        pairs = [divmod(pair, len(self.names)) for pair in np.unique(both).tolist()]
        near = np.array([one * len(self.names) + other for one, other in near_vendors(self.names, pairs)], dtype="int64")
        kept = found[np.isin(both, near)]
        return {"candidates": len(found), "pairs": len(kept), "rows": int((kept["row"] + kept["row_other"]).sum())}

    def bootstrap(self):
        np = self.np
        values = self.frame["amount"].to_numpy()[:RESAMPLED].astype("float64")
        random = np.random.Generator(np.random.SFC64(SEED))
        means = [
            values[random.integers(0, RESAMPLED, (100, RESAMPLED), dtype="uint32")].mean(axis=1)
            for _ in range(REPLICATES // 100)
        ]
        return interval(values.mean(), np.concatenate(means))


def near_vendors(names, pairs):
    """Those of the pairs of codes whose names are near."""
    from rapidfuzz.distance import Levenshtein

    near = Levenshtein.distance
    return [
        (one, other) for one, other in pairs
        if one == other or near(names[one], names[other], score_cutoff=EDITS_MAX) <= EDITS_MAX
    ]


def group_answers(groups, total):
    return {
        "groups": groups, "count": int(total("count")), "sum": int(total("sum")),
        "minima": int(total("least")), "maxima": int(total("greatest")),
        "means": float(total("mean")), "deviations": float(total("deviation")),
        "first_quartiles": float(total("first")), "medians": float(total("median")),
        "third_quartiles": float(total("third")), "median_absolute_deviations": float(total("mad")),
    }


def benford_answers(counts):
    return {"counts": [counts.get(digits, 0) for digits in range(10, 100)]}


def interval(estimate, means):
    means = sorted(float(mean) for mean in means)
    cut = int(0.025 * (len(means) - 1))
    return {"estimate": float(estimate), "low": means[cut], "high": means[-1 - cut]}


ENGINES = {"polars": Polars, "duckdb": DuckDb, "pandas": Pandas}
ANALYSES = ("groups", "outliers", "benford", "bootstrap", "near_duplicates")


def main():
    name, file, limit_s, *left_out = sys.argv[1:]
    engine = ENGINES[name](file)
    steps = {}
    cost, found = measure(engine.decode, float(limit_s))
    peak_decoded_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    steps["decode"] = cost | {"answers": engine.decoded(found)}
    engine.prepare(found)
    del found
    for step in ANALYSES:
        if step in left_out:
            continue
        cost, answers = measure(getattr(engine, step), float(limit_s))
        steps[step] = cost | {"answers": answers}
        # A line after each step: the last one counts, and is there if the next step takes too long.
        peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"steps": steps, "peak_decoded_kib": peak_decoded_kib, "peak_kib": peak_kib}), flush=True)


if __name__ == "__main__":
    main()
