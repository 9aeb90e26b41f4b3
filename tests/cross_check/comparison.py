"""Compares what Rapport says with what pandas finds in the files, and tells every difference."""

import json
import sys
from pathlib import Path

# Most differences that are printed.
DIFFERENCES_MAX = 20


def folders():
    """The folder of the data set, and the one of what Rapport answered."""
    data_set, answers = sys.argv[1:]
    return Path(data_set), Path(answers)


def document(path):
    """One JSON document."""
    return json.loads(path.read_text())


def events(path):
    """The events of a replay, one a line."""
    with path.open() as lines:
        return [json.loads(line) for line in lines]


def lower_median(numbers):
    """The one in the middle, the lower of the two for an even number of them; None without any."""
    ordered = sorted(numbers)
    return int(ordered[(len(ordered) - 1) // 2]) if ordered else None


def half_up(numerator, denominator):
    """The quotient as a whole number, rounded half up; None where nothing is divided by."""
    if denominator == 0:
        return None
    return (2 * int(numerator) + int(denominator)) // (2 * int(denominator))


def minor_units(amount):
    """An amount in US dollars, written as a decimal number, in cents. Exact: no float is involved."""
    whole, _, fraction = amount.partition(".")
    assert len(fraction) <= 2, amount
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


def us_dollars(amounts):
    """The one amount of a list of amounts a currency, in cents; 0 for an empty list."""
    assert all(amount["currency"] == "USD" for amount in amounts) and len(amounts) <= 1, amounts
    return sum(amount["minor_units"] for amount in amounts)


class Comparison:
    """Numbers side by side. Ends the process with 1 when any two differ."""

    def __init__(self):
        self.compared = 0
        self.differences = []

    def same(self, what, rapport, pandas):
        """Lists and dictionaries are compared value by value, their order and their length as well."""
        if isinstance(rapport, dict) and isinstance(pandas, dict):
            self.same(f"{what}: keys", list(rapport), list(pandas))
            for key in rapport.keys() & pandas.keys():
                self.same(f"{what}.{key}", rapport[key], pandas[key])
        elif isinstance(rapport, list) and isinstance(pandas, list):
            self.same(f"{what}: length", len(rapport), len(pandas))
            for index, (one, other) in enumerate(zip(rapport, pandas)):
                self.same(f"{what}[{index}]", one, other)
        else:
            self.compared += 1
            if type(rapport) is not type(pandas) or rapport != pandas:
                self.differences.append(f"{what}: Rapport {rapport!r}, pandas {pandas!r}")

    def end(self):
        """Says how it went."""
        for difference in self.differences[:DIFFERENCES_MAX]:
            print(difference)
        print(f"{self.compared} values compared, {len(self.differences)} differ")
        sys.exit(1 if self.differences or not self.compared else 0)
