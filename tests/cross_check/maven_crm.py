"""The sales pipeline: stages, what was won and lost, and how long it took.

Definitions: proto/rapport/v1/pipeline_service.proto. Deals of one day take whole days, in UTC.
"""

import re

import pandas as pd

from comparison import Comparison, document, folders, half_up, lower_median, minor_units, us_dollars

SECONDS_PER_DAY = 86_400
# In the order of the pipeline.
STAGES = {"prospecting": "Prospecting", "engaging": "Engaging", "won": "Won", "lost": "Lost"}


def slug(name):
    """As a user id: lower case, with dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def deals(folder):
    """Every deal with its team, its manager and the series of its product."""
    pipeline = pd.read_csv(folder / "sales_pipeline.csv", dtype=str)
    pipeline["product"] = pipeline["product"].replace("GTXPro", "GTX Pro")
    teams = pd.read_csv(folder / "sales_teams.csv", dtype=str)
    products = pd.read_csv(folder / "products.csv", dtype=str)
    joined = pipeline.merge(teams, on="sales_agent", how="left", validate="many_to_one")
    joined = joined.merge(products, on="product", how="left", validate="many_to_one")
    joined["owner"] = joined["sales_agent"].map(slug)
    joined["manager"] = joined["manager"].map(slug)
    joined["month"] = joined["close_date"].str[:7]
    opened, closed = pd.to_datetime(joined["engage_date"]), pd.to_datetime(joined["close_date"])
    joined["cycle_days"] = (closed - opened).dt.days
    return joined


def closed(deals):
    """What a ClosedView says of these deals."""
    won, lost = deals[deals["deal_stage"] == "Won"], deals[deals["deal_stage"] == "Lost"]
    cycles = [int(days) for days in won["cycle_days"]]
    return {
        "won": len(won),
        "lost": len(lost),
        "won_amount": sum(minor_units(value) for value in won["close_value"]),
        # A lost deal of this source was never given an amount.
        "lost_amount": sum(minor_units(value) for value in lost["close_value"]),
        "win_rate_basis_points": half_up(10_000 * len(won), len(won) + len(lost)),
        "mean_cycle_seconds": half_up(SECONDS_PER_DAY * sum(cycles), len(cycles)),
        "median_cycle_days": lower_median(cycles),
    }


def closed_as_answered(view):
    """The same numbers of an answer."""
    numbers = {key: view[key] for key in closed(pd.DataFrame(columns=["deal_stage", "cycle_days", "close_value"]))}
    return numbers | {key: us_dollars(view[key]) for key in ("won_amount", "lost_amount")}


def closed_by(deals, column):
    """One ClosedView for each value of a column, in the order of the values."""
    ended = deals[deals["deal_stage"].isin(["Won", "Lost"])]
    return {key: closed(group) for key, group in ended.groupby(column, sort=True)}


def main():
    folder, answers = folders()
    found, view = deals(folder), document(answers / "pipeline.json")
    comparison = Comparison()

    counts = found["deal_stage"].value_counts()
    comparison.same("opportunities", view["opportunities"], len(found))
    stages = {stage["key"]: stage["count"] for stage in view["stages"]}
    comparison.same("stages", stages, {key: int(counts[name]) for key, name in STAGES.items()})
    amounts = {stage["key"]: us_dollars(stage["amount"]) for stage in view["stages"]}
    of_stage = {name: group["close_value"].dropna() for name, group in found.groupby("deal_stage")}
    expected = {key: sum(minor_units(value) for value in of_stage[name]) for key, name in STAGES.items()}
    comparison.same("amounts of stages", amounts, expected)
    is_open = found["deal_stage"].isin(["Prospecting", "Engaging"])
    comparison.same("open", view["open"], int(is_open.sum()))

    comparison.same("closed", closed_as_answered(view["closed"]), closed(found))
    for column, answer in {"month": "by_month", "owner": "by_owner", "regional_office": "by_team"}.items():
        groups = {group["key"]: closed_as_answered(group) for group in view[answer]}
        comparison.same(answer, groups, closed_by(found, column))
    segments = {
        segment["segment"]: {group["key"]: closed_as_answered(group) for group in segment["groups"]}
        for segment in view["by_segment"]
    }
    expected = {column: closed_by(found, column) for column in ("manager", "product", "series")}
    comparison.same("by_segment", segments, expected)
    for column, answer in {"owner": "open_by_owner", "regional_office": "open_by_team"}.items():
        groups = {group["key"]: group["count"] for group in view[answer]}
        expected = {key: len(group) for key, group in found[is_open].groupby(column, sort=True)}
        comparison.same(answer, groups, expected)
    comparison.end()


if __name__ == "__main__":
    main()
