"""Incidents of Volvo IT by a mapping: how many, how soon they were solved, how often reopened, by priority, group and month.

Each row says how an incident stood then. It begins at its first row, is solved at the first row of the last stretch of rows
that say Resolved, In Call or Closed, and reopened where a row says neither after one that did.
"""

import pandas as pd

from comparison import Comparison, document, folders, half_up

SOLVED = {"Resolved", "In Call", "Closed"}
PRIORITIES = {"Major": "urgent", "High": "high", "Medium": "normal", "Low": "low"}


def case(rows):
    """What is known of one incident after its rows."""
    state, reopened, resolved_at, priority, group = None, 0, None, None, None
    for row in rows.itertuples():
        says = row.says
        stays = state == "Closed" and says in SOLVED
        if not stays:
            priority, group = PRIORITIES[row.latest], row.group
        if says in SOLVED and state not in SOLVED:
            resolved_at = row.moment
        if says not in SOLVED and state in SOLVED:
            reopened, resolved_at = reopened + 1, None
        state = "Closed" if stays else says
    begun = rows["moment"].iloc[0]
    seconds = None if resolved_at is None else int((resolved_at - begun).total_seconds())
    return {
        "priority": priority,
        "group": group,
        "reopened": reopened > 0,
        "resolved_at": resolved_at,
        "seconds": seconds,
    }


def numbers(solved):
    """Of solved ones."""
    minutes, count = solved["seconds"].astype(int) // 60, len(solved)
    quantile = lambda share: int(minutes.quantile(share, interpolation="lower")) * 60
    return {
        "resolved": count,
        "reopened": int(solved["reopened"].sum()),
        "reopen_rate_basis_points": half_up(10_000 * int(solved["reopened"].sum()), count),
        "mean_seconds": half_up(int(solved["seconds"].astype(int).sum()), count),
        "p50_seconds": quantile(0.5),
        "p90_seconds": quantile(0.9),
    }


def answered(found):
    """The same of what Rapport answered."""
    times = {name: found["resolution"][name] for name in ("mean_seconds", "p50_seconds", "p90_seconds")}
    return {**{name: found[name] for name in ("resolved", "reopened", "reopen_rate_basis_points")}, **times}


def keyed(groups):
    return {group["key"] or "": answered(group) for group in sorted(groups, key=lambda group: group["key"] or "")}


def main():
    folder, answers = folders()
    (file,) = folder.glob("VINST*.csv*")
    found = pd.read_csv(file, dtype=str, keep_default_na=False)
    found["moment"] = pd.to_datetime(found["Change Date+Time"], utc=True)
    found["says"], found["latest"] = found["Sub Status"], found["SR Latest Impact"]
    found["group"] = ["-".join(name.lower().split()) for name in found["Involved ST 2"]]
    cases = pd.DataFrame([case(rows) for _, rows in found.groupby("SR Number", sort=False)])
    solved = cases[cases["resolved_at"].notna()].copy()
    solved["month"] = [moment.strftime("%Y-%m") for moment in solved["resolved_at"]]
    report = document(answers / "report.json")
    comparison = Comparison()
    backlog = len(cases) - len(solved)
    comparison.same("cases and backlog", [report["cases"], report["backlog"]], [len(cases), backlog])
    comparison.same("all", answered(report["resolved"]), numbers(solved))
    for column in ("priority", "group", "month"):
        expected = {key: numbers(some) for key, some in solved.groupby(column)}
        comparison.same(f"by {column}", keyed(report[f"by_{column}"]), expected)
    print(f"{len(cases)} cases, {backlog} open, {numbers(solved)}")
    comparison.end()


main()
