"""The open backlog as of a date: incidents whose last update by then does not say that they are resolved or closed.

Rapport answers as of the date, after an import in which log time is business time: with an export of all timelines, and
for some dates caller by caller as well. pandas reads the updates in the file up to the date.
"""

import pandas as pd

from comparison import Comparison, document, events, folders
from servicenow import updates

ENDED = {"Resolved", "Closed"}


def last_states(found, date):
    """The last state of every incident, by the updates up to a date; those of one minute in the order of the file."""
    until = found[found["moment"] <= pd.Timestamp(date)]
    last = until.sort_values(["moment", "line"]).groupby("number").tail(1)
    return dict(sorted(zip(last["number"], last["incident_state"])))


def exported_states(path):
    """The last state of every incident in an export of timelines; what came later into the log goes last."""
    interactions = [entry for entry in events(path) if entry["kind"] == "interaction"]
    last = {}
    for entry in sorted(interactions, key=lambda entry: (entry["occurred_at"], entry["position"])):
        for related in entry["related"] or []:
            if related["kind"] == "case":
                last[related["id"]] = entry["outcome"]
    return dict(sorted(last.items()))


def main():
    folder, answers = folders()
    found = updates(folder)
    found["moment"] = pd.to_datetime(found["sys_updated_at"], format="%d/%m/%Y %H:%M")
    comparison = Comparison()
    exports, asked = sorted(answers.glob("*.ndjson")), sorted(answers.glob("*.json"))
    comparison.same("dates", [len(exports), len(asked)], [10, 2])
    answered = [(path.stem, exported_states(path)) for path in exports]
    answered += [(path.stem, dict(sorted(document(path).items()))) for path in asked]
    for date, states in answered:
        expected = last_states(found, date)
        comparison.same(f"states as of {date}", states, expected)
        open_then = [sum(state not in ENDED for state in known.values()) for known in (states, expected)]
        comparison.same(f"open backlog as of {date}", *open_then)
        print(f"{date}: {open_then[0]} open of {len(states)}")
    comparison.end()


main()
