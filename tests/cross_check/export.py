"""Exports, read with DuckDB, pyarrow, pandas and polars, beside the views and the replay of the same server.

The columns: `ExportRequest` in proto/rapport/v1/history_service.proto. Deals of one day take whole days, in UTC.
"""

import importlib.util
import json
import sys

import pandas as pd

from comparison import Comparison, document, events, folders, half_up, us_dollars

NEEDED = ("duckdb", "pyarrow")
missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
if missing:
    print(f"SKIPPED: export.py needs {', '.join(missing)}")
    sys.exit(0)

import duckdb
import pyarrow.parquet

FORMS = {"parquet": "read_parquet", "ndjson": "read_ndjson"}
MODELS = ("directory", "timeline", "pipeline", "churn", "consent", "subscriptions")
SECONDS_PER_DAY = 86_400

# What a closed view says, over the rows of one group.
CLOSED = f"""
    count(*) FILTER (status = 'won'),
    count(*) FILTER (status = 'lost'),
    coalesce(sum(amount) FILTER (status = 'won'), 0)::BIGINT,
    coalesce(sum(amount) FILTER (status = 'lost'), 0)::BIGINT,
    (sum(epoch(closed_at)::BIGINT - epoch(opened_at)::BIGINT) FILTER (status = 'won'))::BIGINT
"""


def closed_of(row):
    """The numbers of a closed view that DuckDB finds."""
    won, lost, won_amount, lost_amount, cycles = row
    return {
        "won": won,
        "lost": lost,
        "won_amount": won_amount,
        "lost_amount": lost_amount,
        "win_rate_basis_points": half_up(10_000 * won, won + lost),
        "mean_cycle_seconds": half_up(cycles or 0, won),
    }


def closed_as_answered(view):
    """The same numbers of an answer."""
    numbers = {key: view[key] for key in ("won", "lost", "win_rate_basis_points", "mean_cycle_seconds")}
    return numbers | {key: us_dollars(view[key]) for key in ("won_amount", "lost_amount")}


def in_order(numbers):
    """With its keys in the order of their names."""
    return dict(sorted(numbers.items()))


def the_pipeline(comparison, answers, view, form, reader):
    """The pipeline view, from the table of deals."""
    deals = f"{reader}('{answers / f'deals.{form}'}')"
    ask = lambda sql: duckdb.sql(sql.format(deals=deals)).fetchall()
    comparison.same(f"{form}: opportunities", view["opportunities"], ask("SELECT count(*) FROM {deals}")[0][0])
    stages = dict(ask("SELECT stage, count(*) FROM {deals} GROUP BY ALL"))
    expected = {stage["key"]: stage["count"] for stage in view["stages"] if stage["count"]}
    comparison.same(f"{form}: stages", in_order(expected), in_order(stages))
    amounts = dict(ask("SELECT stage, coalesce(sum(amount), 0)::BIGINT FROM {deals} GROUP BY ALL"))
    expected = {stage["key"]: us_dollars(stage["amount"]) for stage in view["stages"] if stage["count"]}
    comparison.same(f"{form}: amounts", in_order(expected), in_order(amounts))
    comparison.same(f"{form}: open", view["open"], ask("SELECT count(*) FROM {deals} WHERE status = 'open'")[0][0])
    found = closed_of(ask(f"SELECT {CLOSED} FROM {{deals}} WHERE status <> 'open'")[0])
    comparison.same(f"{form}: closed", in_order(closed_as_answered(view["closed"])), in_order(found))
    months = "strftime(closed_at AT TIME ZONE 'UTC', '%Y-%m')"
    for column, answer in {months: "by_month", "owner": "by_owner", "team": "by_team"}.items():
        groups = ask(f"SELECT {column}, {CLOSED} FROM {{deals}} WHERE status <> 'open' GROUP BY 1 ORDER BY 1")
        found = {key: in_order(closed_of(numbers)) for key, *numbers in groups}
        expected = {group["key"]: in_order(closed_as_answered(group)) for group in view[answer]}
        comparison.same(f"{form}: {answer}", expected, found)


def as_replayed(line):
    """A line of the replay, as a row of the export."""
    metadata = line["metadata"]
    return {
        "position": line["position"],
        "stream": line["stream"],
        "category": line["stream"].split("-")[0],
        "revision": line["revision"],
        "event_id": line["id"],
        "type": line["type"],
        "occurred_at": pd.Timestamp(metadata["occurred_at"]),
        "recorded_at": pd.Timestamp(line["recorded_at"]),
        "actor_kind": metadata["actor"]["kind"],
        "actor_id": metadata["actor"]["id"],
        "correlation_id": metadata["$correlationId"],
        "request_id": metadata["request_id"],
        "source": metadata.get("source"),
    }


def without_personal(value):
    """JSON with every personal field taken out, sealed or as a pseudonym."""
    if isinstance(value, dict):
        return None if {"$enc", "$pseudonym"} & value.keys() else {k: without_personal(v) for k, v in value.items()}
    return [without_personal(item) for item in value] if isinstance(value, list) else value


def the_log(comparison, answers):
    """The table of events, from the replay."""
    replayed = events(answers / "replay.ndjson")
    table = pd.read_parquet(answers / "events.parquet")
    lines = pd.read_json(answers / "events.ndjson", lines=True, dtype=False)
    for column in ("occurred_at", "recorded_at"):
        lines[column] = pd.to_datetime(lines[column], format="ISO8601", utc=True)
    expected = pd.DataFrame([as_replayed(line) for line in replayed])
    for name, found in {"parquet": table, "ndjson": lines}.items():
        for column in expected.columns:
            same = list(found[column].where(found[column].notna(), None)) == list(
                expected[column].where(expected[column].notna(), None)
            )
            comparison.same(f"{name}: {column} of {len(expected)} events", same, True)
    data = [without_personal(json.loads(text)) for text in table["data"]]
    comparison.same("data of events", data == [without_personal(line["data"]) for line in replayed], True)
    comparison.same("nothing is sealed", any("$enc" in text for text in table["data"]), False)
    metadata = pyarrow.parquet.read_metadata(answers / "events.parquet").metadata
    comparison.same("position", int(metadata[b"rapport.position"]), replayed[-1]["position"])


def the_read_models(comparison, answers):
    """Both forms of every table have the same rows."""
    for model in MODELS:
        tables = sorted(file.stem for file in (answers / "parquet" / model).glob("*.parquet"))
        comparison.same(f"{model}: files", sorted(file.stem for file in (answers / "ndjson" / model).iterdir()), tables)
        for table in tables:
            file = answers / "parquet" / model / f"{table}.parquet"
            columns = duckdb.sql(f"DESCRIBE SELECT * FROM read_parquet('{file}')").fetchall()
            kinds = ", ".join(f"'{name}': '{kind}'" for name, kind, *_ in columns)
            lines = f"read_ndjson('{answers / 'ndjson' / model / f'{table}.ndjson'}', columns = {{{kinds}}})"
            left, right = f"FROM read_parquet('{file}')", f"FROM {lines}"
            counts = [duckdb.sql(f"SELECT count(*) {side}").fetchall()[0][0] for side in (left, right)]
            comparison.same(f"{model}.{table}: rows", *counts)
            only = duckdb.sql(f"SELECT count(*) FROM (({left}) EXCEPT ALL ({right}))").fetchall()[0][0]
            comparison.same(f"{model}.{table}: rows of one form only", only, 0)


def in_polars(comparison, answers, view):
    """Every Parquet file opens in polars, with the rows that DuckDB reads; and the deals are those of the view."""
    if importlib.util.find_spec("polars") is None:
        print("SKIPPED: polars is not there to read the files too")
        return
    import polars

    files = [answers / "events.parquet", *sorted((answers / "parquet").glob("*/*.parquet"))]
    for file in files:
        frame = polars.read_parquet(file)
        described = duckdb.sql(f"DESCRIBE SELECT * FROM read_parquet('{file}')").fetchall()
        comparison.same(f"polars: columns of {file.name}", frame.columns, [name for name, *_ in described])
        rows = f"SELECT COLUMNS(*)::VARCHAR FROM (FROM read_parquet('{file}'))"
        nulls = [sum(value is None for value in column) for column in zip(*duckdb.sql(rows).fetchall())]
        found = frame.null_count().row(0) if frame.height else ()
        comparison.same(f"polars: empty cells of {file.name}", list(found), nulls)
        comparison.same(f"polars: rows of {file.name}", frame.height, len(duckdb.sql(rows)))
        times = [name for name, kind, *_ in described if kind == "TIMESTAMP WITH TIME ZONE"]
        zones = {frame.schema[name] for name in times}
        comparison.same(f"polars: times of {file.name}", zones <= {polars.Datetime("us", "UTC")}, True)
    deals = polars.read_parquet(answers / "deals.parquet")
    stages = dict(deals.group_by("stage").len().iter_rows())
    expected = {stage["key"]: stage["count"] for stage in view["stages"] if stage["count"]}
    comparison.same("polars: stages", in_order(expected), in_order(stages))
    won = deals.filter(polars.col("status") == "won")
    expected = (view["closed"]["won"], us_dollars(view["closed"]["won_amount"]))
    comparison.same("polars: won", expected, (won.height, won["amount"].sum()))


def main():
    _, answers = folders()
    comparison = Comparison()
    view = document(answers / "pipeline.json")
    for form, reader in FORMS.items():
        the_pipeline(comparison, answers, view, form, reader)
    in_polars(comparison, answers, view)
    the_log(comparison, answers)
    the_read_models(comparison, answers)
    comparison.end()


main()
