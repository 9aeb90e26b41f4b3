"""Whom a campaign may go to, read from the file that was imported, by the rules of the contract and nothing of Rapport.

    campaign_consents.py FOLDER

The folder holds `consents.csv` as it was imported, `contacts.txt` (a reference and an id a line), `errors.csv` as the import
wrote it, `words.txt` as the notice was published, and for each time of `times.txt` the answer to a check at it: `0.json`, `1.json` and so on.
"""

import csv
import hashlib
import json
import pathlib
import sys

PURPOSE, CHANNEL = "newsletter", "email"
# Later than any time of the file: what runs out there has run out by now, and what does not never does.
NOW = "2026-06-01T00:00:00Z"


def refusal(row, state, digest):
    """Why a row is refused; None where it goes in."""
    topic = (row["contact"], row["purpose"], row["channel"])
    status, until = state.get(topic, ("unknown", ""))
    in_force = status == "given" and (not until or NOW < until)
    match row["act"]:
        case "request" | "give" if row["wording_sha256"] not in ("", digest):
            return "NOTICE_WORDING_DIFFERS"
        case "request" if in_force:
            return "CONSENT_ALREADY_GIVEN"
        case "give" if in_force:
            return "CONSENT_ALREADY_GIVEN"
        case "give" if status != "requested" and not (status == "unknown" and row["method"] == "api_import"):
            return "CONSENT_NOT_REQUESTED"
        case "refuse" if in_force:
            return "CONSENT_ALREADY_GIVEN"
        case "refuse" if status not in ("requested", "refused"):
            return "CONSENT_NOT_REQUESTED"
        case "request" | "give" | "refuse" | "withdraw" | "suppress":
            return None
    return "ROW_WITHOUT_COMMAND"


def take(row, state, suppressed):
    if row["act"] == "suppress":
        suppressed.append((row["contact"], row["purpose"], row["channel"]))
        return
    status = {"request": "requested", "give": "given", "refuse": "refused", "withdraw": "withdrawn"}[row["act"]]
    state[row["contact"], row["purpose"], row["channel"]] = (status, row["valid_until"])


def may(contact, at, state, suppressed):
    if any(who == contact and purpose in ("", PURPOSE) and channel in ("", CHANNEL) for who, purpose, channel in suppressed):
        return False
    status, until = state.get((contact, PURPOSE, CHANNEL), ("unknown", ""))
    return status == "given" and (not until or at < until)


def main():
    folder = pathlib.Path(sys.argv[1])
    digest = hashlib.sha256((folder / "words.txt").read_bytes()).hexdigest()
    rows = list(csv.DictReader((folder / "consents.csv").open(newline="", encoding="utf-8")))
    state, expected, accepted = {}, [], []
    for line, row in enumerate(rows, start=2):
        reason = refusal(row, state, digest)
        if reason:
            expected.append((line, reason))
        else:
            accepted.append(row)
            take(row, state, [])
    told = csv.DictReader((folder / "errors.csv").open(newline="", encoding="utf-8"))
    refused = sorted((int(row["line"]), row["reason"]) for row in told)
    assert refused == expected, (set(refused) ^ set(expected), len(refused), len(expected))
    contacts = dict(line.split() for line in (folder / "contacts.txt").read_text().splitlines())
    for place, at in enumerate((folder / "times.txt").read_text().split()):
        state, suppressed = {}, []
        for row in accepted:
            if row["at"] <= at:
                take(row, state, suppressed)
        decisions = json.loads((folder / f"{place}.json").read_text())["decisions"]
        allowed = {decision["contact_id"] for decision in decisions if decision["allowed"]}
        wanted = {identity for contact, identity in contacts.items() if may(contact, at, state, suppressed)}
        assert len(decisions) == len(contacts) and allowed == wanted, (at, allowed ^ wanted)
        print(f"{at}: {len(wanted)} of {len(contacts)} may be written to")
    print(f"{len(rows)} rows, {len(expected)} refused")


if __name__ == "__main__":
    main()
