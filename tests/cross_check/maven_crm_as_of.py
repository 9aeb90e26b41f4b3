"""The sales pipeline as of a date: deals by where they stood then, by the dates in the file.

A deal that was never engaged has no date. Imported at its own times, it stands in the first stage from the beginning;
otherwise it has happened when it was imported, which is long after any of these dates.
"""

import pandas as pd

from comparison import Comparison, document, folders, minor_units, us_dollars


def main():
    folder, answers = folders()
    deals = pd.read_csv(folder / "sales_pipeline.csv", dtype=str)
    engaged, closed = pd.to_datetime(deals["engage_date"]), pd.to_datetime(deals["close_date"])
    comparison = Comparison()
    # What was known then, and what was true then: in an import at its own times they are the same.
    for path in sorted(answers.glob("*.json")):
        date = pd.Timestamp(path.stem.removeprefix("as-of-").removeprefix("valid-at-"))
        is_closed = closed <= date
        won = deals[is_closed & (deals["deal_stage"] == "Won")]
        view = document(path)
        stages = {stage["key"]: stage["count"] for stage in view["stages"]}
        comparison.same(f"stages, {path.stem}", stages, {
            "prospecting": int(engaged.isna().sum()) if path.stem.startswith("as-of") else 0,
            "engaging": int(((engaged <= date) & ~is_closed).sum()),
            "won": len(won),
            "lost": int((is_closed & (deals["deal_stage"] == "Lost")).sum()),
        })
        comparison.same(f"won amount, {path.stem}", us_dollars(view["closed"]["won_amount"]),
                        sum(minor_units(value) for value in won["close_value"]))
        print(f"{path.stem}: {stages['engaging']} engaged and not yet closed")
    comparison.end()


main()
