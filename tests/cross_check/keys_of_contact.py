#!/usr/bin/env python3
"""What must be gone after an erasure: the wrapped keys of a contact and the blind indexes of its addresses, in hexadecimal,
one a line, as they stand in the files of a data directory."""

import glob
import sqlite3
import sys

data_dir, contact = sys.argv[1:]


def rows(file, query):
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        return [row[0] for row in connection.execute(query, (contact,))]


for wrapped in rows(f"{data_dir}/vault.db", "SELECT wrapped FROM deks WHERE subject = ? AND wrapped IS NOT NULL"):
    print(wrapped.hex())
(directory,) = glob.glob(f"{data_dir}/read/directory.*.db")
for blind in rows(directory, "SELECT blind FROM contact_points WHERE contact_id = ? AND blind IS NOT NULL"):
    print(blind.encode().hex())
