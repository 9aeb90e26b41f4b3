"""Buyers without a contract: who buys again, how often, and who is overdue.

Definitions: ActivityReport and AtRiskCustomer in proto/rapport/v1/report_service.proto.
"""

import pandas as pd

from comparison import Comparison, document, events, folders, lower_median, minor_units, us_dollars

# Entries of the first page.
PAGE_ENTRIES = 200
# An overdue buyer has been silent for longer than so many gaps.
GAPS = 3
COLUMNS = ["master_id", "sample_id", "date", "cds", "dollars"]


def orders(folder):
    """Every order with its day and its value in cents."""
    found = pd.read_csv(folder / "CDNOW_sample.txt", sep=r"\s+", header=None, names=COLUMNS, dtype=str)
    found["day"] = pd.to_datetime(found["date"], format="%Y%m%d")
    found["value"] = found["dollars"].map(minor_units)
    return found


def buyers(orders, to):
    """Every buyer as of a day: first and last purchase, number of purchase days, own median gap."""
    until = orders[orders["day"] <= to]
    days = until[["master_id", "day"]].drop_duplicates().sort_values(["master_id", "day"])
    days["gap"] = days.groupby("master_id")["day"].diff().dt.days
    rows = {
        buyer: {
            "first": of_one["day"].min(),
            "last": of_one["day"].max(),
            "purchase_days": len(of_one),
            "gap": lower_median(int(gap) for gap in of_one["gap"].dropna()),
        }
        for buyer, of_one in days.groupby("master_id")
    }
    return rows, until


def at_risk(rows, usual_gap, to, contact_ids):
    """Who is overdue, the most overdue first, and of those the lower contact id."""
    found = []
    for buyer, row in rows.items():
        gap = usual_gap if row["gap"] is None else row["gap"]
        silent = (to - row["last"]).days
        if gap is not None and silent > GAPS * gap:
            found.append({
                "contact_id": contact_ids[buyer],
                "first_purchase_on": str(row["first"].date()),
                "last_purchase_on": str(row["last"].date()),
                "purchase_days": row["purchase_days"],
                "median_gap_days": row["gap"],
                "silent_days": silent,
                "overdue_days": silent - GAPS * gap,
            })
    return sorted(found, key=lambda customer: (-customer["overdue_days"], customer["contact_id"]))


def compare_day(comparison, found, day, answers, contact_ids):
    """What is said as of one day."""
    to = pd.Timestamp(day)
    rows, until = buyers(found, to)
    usual_gap = lower_median(row["gap"] for row in rows.values() if row["gap"] is not None)
    overdue = at_risk(rows, usual_gap, to, contact_ids)

    activity = document(answers / f"churn-{day}.json")["activity"]
    activity["value"] = us_dollars(activity["value"])
    comparison.same(f"activity to {day}", dict(sorted(activity.items())), {
        "at_risk": len(overdue),
        "customers": len(rows),
        "median_gap_days": usual_gap,
        "purchase_days": sum(row["purchase_days"] for row in rows.values()),
        "repeat_customers": sum(row["purchase_days"] > 1 for row in rows.values()),
        "to": day,
        "value": int(until["value"].sum()),
    })

    page = document(answers / f"at-risk-{day}.json")
    comparison.same(f"more at risk on {day}", page["more"], len(overdue) > PAGE_ENTRIES)
    customers = [{key: customer[key] for key in overdue[0]} for customer in page["customers"]]
    comparison.same(f"at risk on {day}", customers, overdue[:PAGE_ENTRIES])


def main():
    folder, answers = folders()
    found = orders(folder)
    registered = events(answers / "contacts.ndjson")
    contact_ids = {
        event["data"]["external_ref"]: event["stream"].removeprefix("contact-") for event in registered
    }
    comparison = Comparison()
    comparison.same("contacts", sorted(contact_ids), sorted(found["master_id"].unique()))
    days = sorted(path.stem.removeprefix("churn-") for path in answers.glob("churn-*.json"))
    for day in days:
        compare_day(comparison, found, day, answers, contact_ids)
    comparison.end()


main()
