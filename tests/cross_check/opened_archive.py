"""Opens the archive of a person with Debian's age, and reads it with Python's own zip, csv and json.

Usage: opened_archive.py ARCHIVE SECRET_KEY_FILE NEEDLE. The needle stands in everything that is personal of the person.
"""

import csv
import io
import json
import subprocess
import sys
import zipfile


def main(archive, secret, needle):
    opened = subprocess.run(["age", "--decrypt", "--identity", secret, archive], check=True, capture_output=True)
    packed = zipfile.ZipFile(io.BytesIO(opened.stdout))
    assert packed.testzip() is None, "a checksum of the zip is wrong"
    names = packed.namelist()
    assert names[0] == "README.txt", names
    tables = [name.removesuffix(".csv") for name in names if name.endswith(".csv")]
    assert len(tables) == 12, tables
    for table in tables:
        rows = json.loads(packed.read(f"{table}.json"))
        text = packed.read(f"{table}.csv").decode("utf-8")
        read = list(csv.DictReader(io.StringIO(text)))
        assert len(read) == len(rows), f"{table}: {len(read)} rows as CSV, {len(rows)} as JSON"
        for as_csv, as_json in zip(read, rows):
            for column, value in as_json.items():
                if isinstance(value, str):
                    assert as_csv[column].removeprefix("'") == value, (table, column)
    for table in ["contact", "interactions", "consent-trail", "events"]:
        assert needle in packed.read(f"{table}.csv").decode("utf-8"), table
    print(f"age and zipfile read {len(names)} files, {len(tables)} tables")


main(*sys.argv[1:])
