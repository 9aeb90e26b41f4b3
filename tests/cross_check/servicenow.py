"""Updates of incidents: each is one interaction of its caller, in the order of the file."""

from collections import Counter

import pandas as pd

from comparison import Comparison, events, folders

CHANNELS = {"Phone": "call", "IVR": "call", "Email": "email", "Self service": "form"}
# The first line of the file has the names of the columns.
FIRST_LINE = 2


def updates(folder):
    """Every row with its line; what is not known, `?` in the file, is missing."""
    (file,) = folder.glob("incident*.csv*")
    found = pd.read_csv(file, dtype=str, keep_default_na=False)
    found = found.mask(found == "?")
    found["line"] = range(FIRST_LINE, FIRST_LINE + len(found))
    found["caller"] = found["caller_id"].fillna("unknown")
    found["external_ref"] = found["number"] + "/" + found["line"].astype(str)
    found["channel"] = found["contact_type"].map(lambda kind: CHANNELS.get(kind, "note"))
    moments = pd.to_datetime(found["sys_updated_at"], format="%d/%m/%Y %H:%M")
    found["occurred_at"] = moments.dt.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    return found


def counts(values):
    """How often each value occurs; None is a value too."""
    counted = Counter(None if pd.isna(value) else value for value in values)
    return dict(sorted(counted.items(), key=lambda entry: str(entry[0])))


def main():
    folder, answers = folders()
    found = updates(folder)
    registered = events(answers / "contacts.ndjson")
    recorded = events(answers / "interactions.ndjson")
    callers = {
        event["stream"].removeprefix("contact-"): event["data"]["external_ref"] for event in registered
    }
    data = [event["data"] for event in recorded]
    of_caller = [callers[event["stream"].removeprefix("interaction-")] for event in recorded]

    comparison = Comparison()
    # Contacts are registered in lanes side by side; only what happened with one of them keeps its order.
    comparison.same("callers", sorted(callers.values()), sorted(found["caller"].unique()))
    comparison.same("interactions", len(recorded), len(found))
    references = [event["source"]["external_ref"] for event in data]
    comparison.same("order of the file", references, list(found["external_ref"]))
    occurred_at = [event["metadata"]["occurred_at"] for event in recorded]
    comparison.same("business times", occurred_at, list(found["occurred_at"]))
    outcomes = counts(event.get("outcome") for event in data)
    comparison.same("by outcome", outcomes, counts(found["incident_state"]))
    comparison.same("by channel", counts(event["channel"] for event in data), counts(found["channel"]))
    comparison.same("by caller", counts(of_caller), counts(found["caller"]))
    cases = counts(related["id"] for event in data for related in event["related"])
    comparison.same("by incident", cases, counts(found["number"]))
    comparison.end()


if __name__ == "__main__":
    main()
