"""Rewrites an event in the stored log behind Rapport's back, and makes everything fit that stands in the log itself.

    rewrite_event.py LOG POSITION OLD NEW

Replaces OLD by NEW in the event's data, and sets its digest and its checksum right. No server may have the log open.
"""

import hashlib
import sqlite3
import struct
import sys
import zlib


def checksum(row):
    """CRC-32 over every column, each text after its length, as the log computes it."""
    position, stream, revision, event_type, recorded_at, event_id, metadata, data = row
    summed = struct.pack("<QQq", position, revision, recorded_at)
    for part in (stream.encode(), event_type.encode(), event_id, metadata.encode(), data.encode()):
        summed += struct.pack("<Q", len(part)) + part
    return zlib.crc32(summed)


def main():
    log, position, old, new = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    connection = sqlite3.connect(log)
    columns = "position, stream, revision, type, recorded_at, id, metadata, data"
    select = f"SELECT {columns}, checksum FROM events WHERE position = ?"
    *row, stored = connection.execute(select, (position,)).fetchone()
    assert checksum(row) == stored, "the checksum is not computed as the log computes it"
    data = row[7]
    assert old in data, f"the event does not hold {old}: {data}"
    digest = lambda text: hashlib.sha256(text.encode()).hexdigest()
    row[6] = row[6].replace(digest(data), digest(data.replace(old, new)))
    row[7] = data.replace(old, new)
    trigger = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE name = 'events_are_never_changed'"
    ).fetchone()[0]
    connection.execute("DROP TRIGGER events_are_never_changed")
    connection.execute(
        "UPDATE events SET metadata = ?, data = ?, checksum = ? WHERE position = ?",
        (row[6], row[7], checksum(row), position),
    )
    connection.execute(trigger)
    connection.commit()
    connection.close()


if __name__ == "__main__":
    main()
