"""Reports on sales in a period: won and lost by product and by owner, the cohort, velocity, conversions and dwells.

Definitions: proto/rapport/v1/sales_report.proto. Deals of one day take whole days, in UTC.
"""

from comparison import Comparison, document, folders, half_up, lower_median, minor_units, us_dollars
from maven_crm import SECONDS_PER_DAY, closed, closed_as_answered, deals

# Names of the answers, with the first day and the day after the last.
PERIODS = {"all": ("2016-01-01", "2018-01-01"), "quarter": ("2017-04-01", "2017-07-01")}


def within(days, period):
    """Which days, written as text, are in a period; an empty one is not."""
    days = days.fillna("")
    return (days >= period[0]) & (days < period[1])


def ninth_tenth(numbers):
    """Nine tenths of the way from the least to the greatest, or the nearest one below."""
    return sorted(numbers)[(len(numbers) - 1) * 9 // 10]


def win_loss(comparison, name, answer, found, period, column):
    """Closed deals in the period by a column, and what has become of those that were opened in it."""
    ended = found[within(found["close_date"], period)]
    comparison.same(f"{name}: total", closed_as_answered(answer["total"]), closed(ended))
    groups = {group["key"]: closed_as_answered(group) for group in answer["groups"]}
    comparison.same(name, groups, {key: closed(group) for key, group in ended.groupby(column, sort=True)})
    opened = found[within(found["engage_date"], period)]
    stages = opened["deal_stage"].value_counts()
    expected = {
        "opportunities": len(opened),
        "won": int(stages["Won"]),
        "lost": int(stages["Lost"]),
        "open": int(stages.get("Engaging", 0)),
        "win_rate_basis_points": half_up(10_000 * stages["Won"], len(opened)),
        "open_share_basis_points": half_up(10_000 * stages.get("Engaging", 0), len(opened)),
    }
    comparison.same(f"{name}: cohort", {key: answer["cohort"][key] for key in expected}, expected)


def velocity(comparison, name, answer, found, period):
    """The four inputs, and what comes of them."""
    ended = found[within(found["close_date"], period)]
    won = ended[ended["deal_stage"] == "Won"]
    is_open = int(found["deal_stage"].isin(["Prospecting", "Engaging"]).sum())
    cycle = SECONDS_PER_DAY * lower_median([int(days) for days in won["cycle_days"]])
    amount = sum(minor_units(value) for value in won["close_value"])
    expected = {
        "open": is_open,
        "won": len(won),
        "lost": len(ended) - len(won),
        "win_rate_basis_points": half_up(10_000 * len(won), len(ended)),
        "median_cycle_seconds": cycle,
    }
    comparison.same(name, {key: answer[key] for key in expected}, expected)
    amounts = answer["amounts"]
    for key, value in {
        "won_amount": amount,
        "average_won_amount": half_up(amount, len(won)),
        "amount_per_day": half_up(is_open * amount * SECONDS_PER_DAY, len(ended) * cycle),
    }.items():
        comparison.same(f"{name}: {key}", us_dollars([of[key] for of in amounts]), value)


def conversion(comparison, name, answer, found, period):
    """What has become of the deals that were engaged in the period."""
    engaged = found[within(found["engage_date"], period)]
    stages = engaged["deal_stage"].value_counts()
    row = next(stage for stage in answer["stages"] if stage["stage"] == "engaging")
    comparison.same(f"{name}: entered", [row["opportunities"], row["entries"], row["reentered"]], [len(engaged)] * 2 + [0])
    reached = {to["stage"]: [to["opportunities"], to["conversion_rate_basis_points"]] for to in row["reached"]}
    counts = {"won": int(stages["Won"]), "lost": int(stages["Lost"])}
    expected = {stage: [count, half_up(10_000 * count, len(engaged))] for stage, count in counts.items()}
    comparison.same(name, reached, expected)


def dwell(comparison, name, answer, found, period):
    """How long deals were engaged that were closed in the period, by owner."""
    ended = found[within(found["close_date"], period)]
    rows = {row["owner"]: [row["visits"], row["median_seconds"], row["p90_seconds"]] for row in answer["stages"]}
    expected = {}
    for owner, group in ended.groupby("owner", sort=True):
        seconds = [SECONDS_PER_DAY * int(days) for days in group["cycle_days"]]
        expected[owner] = [len(seconds), lower_median(seconds), ninth_tenth(seconds)]
    comparison.same(name, rows, expected)


def main():
    folder, answers = folders()
    found = deals(folder)
    comparison = Comparison()
    for name, period in PERIODS.items():
        for column in ("product", "owner"):
            answer = document(answers / f"{column}-{name}.json")
            win_loss(comparison, f"{column}-{name}", answer, found, period, column)
        for report in (velocity, conversion, dwell):
            what = f"{report.__name__}-{name}"
            report(comparison, what, document(answers / f"{what}.json"), found, period)
    comparison.end()


main()
