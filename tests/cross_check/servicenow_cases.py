"""Incidents as cases: how many, how soon they were solved, how often reopened and too late, and the backlog as of a date.

Each row says how an incident stood then, and nothing that was filled in later is used: it is solved at the first row of
the last stretch of rows that say Resolved or Closed, reopened where a row says neither after one that did, and too late
where `made_sla` is false on its last row. The priority and the group are those of the last row before it stayed closed.
"""

import pandas as pd

from comparison import Comparison, document, folders, half_up
from servicenow import updates

SOLVED = {"Resolved", "Closed"}
PRIORITIES = {"1 - Critical": "urgent", "2 - High": "high", "3 - Moderate": "normal", "4 - Low": "low"}


def moment(text):
    return pd.to_datetime(text, format="%d/%m/%Y %H:%M")


def slug(text):
    """A name as an id; None stays None."""
    return None if pd.isna(text) else "-".join(text.lower().split())


def case(rows):
    """What is known of one incident after its rows."""
    state, reopened, resolved_at, priority, group = None, 0, None, None, None
    for row in rows.itertuples():
        stays = state == "Closed" and row.incident_state in SOLVED
        if not stays:
            priority, group = PRIORITIES[row.priority], slug(row.assignment_group)
        if row.incident_state in SOLVED and state not in SOLVED:
            resolved_at = row.moment
        if row.incident_state not in SOLVED and state in SOLVED:
            reopened, resolved_at = reopened + 1, None
        state = "Closed" if stays else row.incident_state
    return {
        "priority": priority,
        "group": group,
        "reopened": reopened > 0,
        "breached": rows["made_sla"].iloc[-1] == "false",
        "resolved_at": resolved_at,
        "seconds": None if resolved_at is None else (resolved_at - rows["begun"].iloc[0]).total_seconds(),
    }


def group(cases):
    """The numbers of the solved ones among cases."""
    solved = cases[cases["resolved_at"].notna()]
    minutes = solved["seconds"].astype(int) // 60
    count = len(solved)
    reopened, breached = int(solved["reopened"].sum()), int(solved["breached"].sum())
    quantile = lambda share: int(minutes.quantile(share, interpolation="lower")) * 60 if count else None
    return {
        "resolved": count,
        "reopened": reopened,
        "reopen_rate_basis_points": half_up(10_000 * reopened, count),
        "breached": breached,
        "breach_rate_basis_points": half_up(10_000 * breached, count),
        "count": count,
        "mean_seconds": half_up(solved["seconds"].astype(int).sum(), count),
        "p50_seconds": quantile(0.5),
        "p90_seconds": quantile(0.9),
    }


def answered(found):
    """The same of what Rapport answered."""
    names = ["resolved", "reopened", "reopen_rate_basis_points", "breached", "breach_rate_basis_points"]
    times = ["count", "mean_seconds", "p50_seconds", "p90_seconds"]
    return {**{name: found[name] for name in names}, **{name: found["resolution"][name] for name in times}}


def grouped(cases, column):
    """The numbers of each value of a column that solved cases have."""
    solved = cases[cases["resolved_at"].notna()]
    return {key: group(some) for key, some in sorted(solved.groupby(column), key=lambda found: found[0])}


def keyed(groups):
    return {group["key"] or "": answered(group) for group in sorted(groups, key=lambda group: group["key"] or "")}


def main():
    folder, answers = folders()
    found = updates(folder)
    found["moment"], found["begun"] = moment(found["sys_updated_at"]), moment(found["opened_at"])
    cases = pd.DataFrame([case(rows) for _, rows in found.groupby("number", sort=False)])
    cases["month"] = cases["resolved_at"].dt.strftime("%Y-%m")
    cases["group"] = cases["group"].astype(object).where(cases["group"].notna(), "")
    report = document(answers / "report.json")
    comparison = Comparison()
    unsolved = int(cases["resolved_at"].isna().sum())
    comparison.same("cases and backlog", [report["cases"], report["backlog"]], [len(cases), unsolved])
    comparison.same("all", answered(report["resolved"]), group(cases))
    comparison.same("by priority", keyed(report["by_priority"]), grouped(cases, "priority"))
    comparison.same("by month", keyed(report["by_month"]), grouped(cases, "month"))
    comparison.same("by group", keyed(report["by_group"]), grouped(cases, "group"))
    for path in sorted(answers.glob("as-of-*.json")):
        date = path.stem.removeprefix("as-of-")
        last = found[found["moment"] <= pd.Timestamp(date)].groupby("number").tail(1)
        then = document(path)
        expected = [len(last), int((~last["incident_state"].isin(SOLVED)).sum())]
        comparison.same(f"cases and backlog as of {date}", [then["cases"], then["backlog"]], expected)
        print(f"{date}: {expected[1]} open of {expected[0]}")
    for priority, numbers in grouped(cases, "priority").items():
        hours = [numbers[name] / 3600 for name in ("p50_seconds", "p90_seconds")]
        print(f"{priority}: {numbers['resolved']} resolved, p50 {hours[0]:.2f} h, p90 {hours[1]:.2f} h")
    print({name: group(cases)[name] for name in ("reopened", "breached")})
    comparison.end()


main()
