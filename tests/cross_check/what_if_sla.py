"""A tighter policy over the incidents of a period: which of them would have been solved too late.

Lived again row by row, with nothing but the file and the draft. Time is counted by all time; while a row says that the
caller is waited for, the clock stands still. A case is due at its opening plus what its priority is promised; another
priority, or a solution that was none, promises anew from then on. What was too late is what ServiceNow said: `made_sla`.
"""

import tomllib

import pandas as pd

from comparison import Comparison, document, folders
from servicenow import updates

STATES = {
    "Awaiting User Info": "customer",
    "Awaiting Vendor": "third_party",
    "Awaiting Problem": "third_party",
    "Awaiting Evidence": "third_party",
    "Resolved": "resolved",
    "Closed": "closed",
}
PRIORITIES = {"1 - Critical": "urgent", "2 - High": "high", "3 - Moderate": "normal", "4 - Low": "low"}
WAITS = ("customer", "third_party")


class Case:
    """One incident on the virtual clock."""

    def __init__(self, draft, priority, begun):
        self.draft, self.priority, self.state = draft, priority, "open"
        self.stopped, self.missed = None, False
        self.due = self.promise(begun)

    def promise(self, start):
        minutes = self.draft["targets"].get(self.priority, {}).get("resolution_minutes")
        return None if minutes is None else start + pd.Timedelta(minutes=minutes)

    def is_solved(self):
        return self.state in ("resolved", "closed")

    def look(self, now):
        """What is overdue by now is missed, whatever is promised afterwards."""
        shown = now if self.stopped is None else self.stopped
        self.missed |= not self.is_solved() and self.due is not None and self.due < shown

    def follow(self, standing, priority, now):
        if self.state == "closed" and standing in ("resolved", "closed"):
            return
        if self.is_solved() and standing not in ("resolved", "closed"):
            self.state, self.due = "open", self.promise(now)
        if priority != self.priority:
            self.priority = priority
            if not self.is_solved():
                self.due = self.promise(now if self.stopped is None else self.stopped)
        if standing in ("resolved", "closed"):
            if standing == "closed" or not self.is_solved():
                self.state, self.due, self.stopped = standing, None, None
        elif standing != self.state:
            self.go_on(now)
            self.state = standing
            self.stopped = now if standing in WAITS and standing in self.draft["pauses"] else None

    def go_on(self, now):
        """As much time is left as when the clock was stopped."""
        if self.stopped is not None and self.due is not None and self.due > self.stopped:
            self.due = now + (self.due - self.stopped)
        self.stopped = None


def judged(rows, draft, until):
    """The priority of an incident at the end, whether it was too late, and whether it would have been."""
    case, was = None, False
    for row in rows.itertuples():
        if row.moment >= until:
            continue
        priority = PRIORITIES[row.priority]
        if case is None:
            case = Case(draft, priority, row.begun)
        case.look(row.moment)
        case.follow(STATES.get(row.incident_state, "open"), priority, row.moment)
        was |= row.made_sla == "false"
    if case is None:
        return None
    case.look(until)
    return {"priority": case.priority, "was": was, "would": case.missed}


def counted(cases):
    """By name, as the answer has them."""
    return {
        "cases": len(cases),
        "newly_breached": int((cases["would"] & ~cases["was"]).sum()),
        "no_longer_breached": int((cases["was"] & ~cases["would"]).sum()),
        "was_breached": int(cases["was"].sum()),
        "would_be_breached": int(cases["would"].sum()),
    }


def priority(group):
    return group["priority"]


def main():
    folder, answers = folders()
    found = updates(folder)
    found["moment"] = pd.to_datetime(found["sys_updated_at"], format="%d/%m/%Y %H:%M")
    found["begun"] = pd.to_datetime(found["opened_at"], format="%d/%m/%Y %H:%M")
    draft = tomllib.loads((answers / "draft.toml").read_text())
    comparison = Comparison()
    for path in sorted(answers.glob("tried-*.json")):
        start, until = (pd.Timestamp(day) for day in path.stem.removeprefix("tried-").split("_"))
        first = found.groupby("number")["begun"].transform("first")
        period = found[(first >= start) & (first < until)]
        outcomes = [judged(rows, draft, until) for _, rows in period.groupby("number", sort=False)]
        cases = pd.DataFrame([outcome for outcome in outcomes if outcome is not None])
        answer = document(path)
        comparison.same(f"all, {path.stem}", answer["all"], counted(cases))
        by_priority = {group.pop("priority"): group for group in sorted(answer["by_priority"], key=priority)}
        expected = {priority: counted(some) for priority, some in cases.groupby("priority")}
        comparison.same(f"by priority, {path.stem}", by_priority, expected)
        print(f"{path.stem}: {counted(cases)}")
    comparison.end()


main()
