"""The open backlog as of a date: incidents whose last update by then does not say that they are resolved or closed.

Rapport answers from the timelines of all callers as of the date, after an import in which log time is business time;
pandas reads the updates in the file up to the date.
"""

import pandas as pd

from comparison import Comparison, document, folders
from servicenow import updates

ENDED = {"Resolved", "Closed"}


def last_states(found, date):
    """The last state of every incident, by the updates up to a date; those of one minute in the order of the file."""
    until = found[found["moment"] <= pd.Timestamp(date)]
    last = until.sort_values(["moment", "line"]).groupby("number").tail(1)
    return dict(sorted(zip(last["number"], last["incident_state"])))


def main():
    folder, answers = folders()
    found = updates(folder)
    found["moment"] = pd.to_datetime(found["sys_updated_at"], format="%d/%m/%Y %H:%M")
    comparison = Comparison()
    dates = sorted(answers.glob("*.json"))
    comparison.same("dates", len(dates), 10)
    for path in dates:
        date = path.stem
        states, expected = dict(sorted(document(path).items())), last_states(found, date)
        comparison.same(f"states as of {date}", states, expected)
        open_then = [sum(state not in ENDED for state in known.values()) for known in (states, expected)]
        comparison.same(f"open backlog as of {date}", *open_then)
        print(f"{date}: {open_then[0]} open of {len(states)}")
    comparison.end()


main()
