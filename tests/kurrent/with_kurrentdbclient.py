"""The official Python client of KurrentDB against `rapport serve --kurrent-listen`.

    python with_kurrentdbclient.py HOST:PORT

The log has to be empty. Ends with 0 when every answer is exactly what is expected, else says what was not.
"""

import datetime
import sys
import threading
import uuid

from kurrentdbclient import CaughtUp, Checkpoint, KurrentDBClient, NewEvent, RecordedEvent, StreamState
from kurrentdbclient import exceptions as failures

# No answer takes so long; a subscription that says less than it should ends here instead of never.
SECONDS = 60


def expect(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what}: expected {expected!r}, found {found!r}")


def fails(what, failure, call, containing=""):
    try:
        found = call()
    except failure as error:
        if containing not in str(error):
            raise AssertionError(f"{what}: {containing!r} is not in {error!s}") from error
        return error
    raise AssertionError(f"{what}: expected {failure.__name__}, found {found!r}")


def event(number, type="x_orders.placed.v1", **rest):
    return NewEvent(type=type, data=b'{"number": %d}' % number, **rest)


def places(events):
    """Position, stream and revision of each event."""
    return [(e.commit_position, e.stream_name, e.stream_position) for e in events]


def positions(events):
    return [e.commit_position for e in events]


def appending(client):
    first = event(1, metadata=b'{"by": "till-4"}')
    before = datetime.datetime.now(datetime.timezone.utc)
    append = client.append_to_stream
    expect("append to a new stream", append("x_orders-1", current_version=StreamState.NO_STREAM, events=first), 1)
    batch = [event(2), event(3)]
    expect("a batch", append("x_orders-1", current_version=0, events=batch), 3)
    expect("any", append("x_orders-2", current_version=StreamState.ANY, events=event(4)), 4)
    expect("exists", append("x_orders-2", current_version=StreamState.EXISTS, events=event(5)), 5)

    # A retry, alone and as a batch, with the revision of the first attempt.
    again = append("x_orders-1", current_version=StreamState.NO_STREAM, events=first)
    expect("a retry", again, 1)
    expect("a retried batch", append("x_orders-1", current_version=0, events=batch), 3)

    read = client.get_stream("x_orders-1")
    expect("what was read", places(read), [(1, "x_orders-1", 0), (2, "x_orders-1", 1), (3, "x_orders-1", 2)])
    found = read[0]
    expect("the id", found.id, first.id)
    expect("the type", found.type, "x_orders.placed.v1")
    expect("the data", found.data, b'{"number": 1}')
    expect("the metadata", found.metadata, b'{"by": "till-4"}')
    expect("no metadata", read[1].metadata, b"")
    expect("the content type", found.content_type, "application/json")
    after = datetime.datetime.now(datetime.timezone.utc)
    slack = datetime.timedelta(seconds=1)
    expect("when", before - slack <= found.recorded_at <= after + slack, True)


def refusing(client):
    def wrong(what, stream, version, events, expected, actual):
        append = lambda: client.append_to_stream(stream, current_version=version, events=events)
        error = fails(what, failures.WrongCurrentVersionError, append)
        expect(f"{what}, expected", error.expected_version, expected)
        expect(f"{what}, actual", error.actual_version, actual)

    no_stream = StreamState.NO_STREAM
    wrong("a wrong revision", "x_orders-1", 0, event(9), 0, 2)
    wrong("a wrong revision of a batch", "x_orders-1", 1, [event(9)], 1, 2)
    wrong("a stream that is there", "x_orders-1", no_stream, event(9), no_stream, 2)
    wrong("a stream that is not there", "x_orders-9", 3, [event(9)], 3, no_stream)

    def append(stream, new):
        return lambda: client.append_to_stream(stream, current_version=StreamState.ANY, events=new)

    known = client.get_stream("x_orders-1")[0].id
    fails("an id that is taken", failures.AlreadyExistsError, append("x_orders-1", event(8, id=known)), str(known))
    fails("a system stream", failures.AccessDeniedError, append("$settings", event(9)))
    fails("a name", failures.GrpcError, append("orders", event(9)), "<category>-<id>")
    fails("a name, in a batch", failures.BadRequestError, append("orders", [event(9)]), "<category>-<id>")
    fails("no JSON", failures.GrpcError, append("x_orders-1", NewEvent(type="t", data=b"\xff")), "UTF-8")
    other = NewEvent(type="t", data=b"1", content_type="text/plain")
    fails("another content type", failures.GrpcError, append("x_orders-1", other), "application/json")
    binary = NewEvent(type="t", data=b"\x01", content_type="application/octet-stream")
    fails("bytes that are no JSON", failures.GrpcError, append("x_orders-1", binary), "JSON")
    large = NewEvent(type="t", data=b'"' + b"x" * 1024 * 1024 + b'"')
    fails("a large event", failures.GrpcError, append("x_orders-1", large), "1048579")
    fails("a large batch", failures.MaximumAppendSizeExceededError, append("x_orders-1", [large]), "16777216")
    for what, call in [("delete", client.delete_stream), ("tombstone", client.tombstone_stream)]:
        refused = lambda: call("x_orders-1", current_version=StreamState.ANY)
        fails(what, failures.FailedPreconditionError, refused, "never changed")
    metadata = lambda: client.set_stream_metadata("x_orders-1", metadata={"$maxCount": 1})
    fails("truncation", failures.AccessDeniedError, metadata)
    expect("metadata of a stream", client.get_stream_metadata("x_orders-1"), ({}, StreamState.NO_STREAM))
    expect("the head", client.get_commit_position(), 5)
    fails("persistent subscriptions", failures.GrpcError, lambda: client.list_subscriptions(), "UNIMPLEMENTED")


def reading(client):
    revisions = lambda **how: [e.stream_position for e in client.get_stream("x_orders-1", **how)]
    expect("forwards from 1", revisions(stream_position=1), [1, 2])
    expect("backwards", revisions(backwards=True), [2, 1, 0])
    expect("backwards from 1", revisions(stream_position=1, backwards=True), [1, 0])
    expect("two", revisions(limit=2), [0, 1])
    fails("no stream", failures.NotFoundError, lambda: client.get_stream("x_orders-9"))
    fails("a category", failures.NotFoundError, lambda: client.get_stream("$ce-x_orders"))
    expect("the version", client.get_current_version("x_orders-1"), 2)
    expect("no version", client.get_current_version("x_orders-9"), StreamState.NO_STREAM)

    everything = lambda **how: positions(client.read_all(**how))
    expect("$all", everything(), [1, 2, 3, 4, 5])
    expect("$all from 3", everything(commit_position=3), [3, 4, 5])
    expect("$all backwards", everything(backwards=True), [5, 4, 3, 2, 1])
    expect("$all backwards from 3", everything(commit_position=3, backwards=True), [2, 1])
    expect("$all, two", everything(limit=2), [1, 2])
    expect("$all without a filter", everything(filter_exclude=()), [1, 2, 3, 4, 5])


def filtering(client):
    mixed = [
        ("x_people-1", "x_people.met.v1"),  # 6
        ("x_orders-3", "x_orders.paid.v1"),  # 7
        ("x_talks-1", "x_talks.held.v1"),  # 8
        ("x_orders-3", "x_orders.shipped.v1"),  # 9
        ("x_people-2", "x_people.met.v1"),  # 10
    ]
    for stream, type in mixed:
        client.append_to_stream(stream, current_version=StreamState.ANY, events=event(0, type))
    read = lambda **how: positions(client.read_all(commit_position=6, **how))
    expect("types", read(filter_include=[r"x_people\..+"]), [6, 10])
    expect("two types", read(filter_include=[r"x_people\..+", r"x_talks\..+"]), [6, 8, 10])
    expect("all but types", read(filter_exclude=[r"x_people\..+", r"x_orders\.paid\.v1"]), [8, 9])
    by_name = {"filter_by_stream_name": True}
    expect("streams", read(filter_include=[r"x_orders-\d"], **by_name), [7, 9])
    expect("all but streams", read(filter_exclude=[r"x_orders-\d"], **by_name), [6, 8, 10])
    prefixes = {"filter_by_prefix": True}
    expect("prefixes of types", read(filter_include=["x_orders.s", "x_t"], **prefixes), [8, 9])
    expect("prefixes of streams", read(filter_include=["x_people-"], **by_name, **prefixes), [6, 10])
    backwards = positions(client.read_all(filter_include=[r"x_people\..+"], backwards=True))
    expect("types backwards", backwards, [10, 6])
    broken = lambda: list(client.read_all(filter_include=["("]))
    fails("a broken expression", failures.GrpcError, broken, "regular expression")


def said(subscription, count):
    """What a subscription says: events by their position, and where it caught up."""
    words = []
    for item in subscription:
        if type(item) is RecordedEvent:
            words.append(item.commit_position)
        elif type(item) is CaughtUp:
            words.append(("caught up", item.commit_position, item.stream_position))
        elif type(item) is Checkpoint:
            words.append(("checkpoint", item.commit_position))
        if len(words) == count:
            return words
    return words


def following(client):
    how = {"include_caught_up": True, "timeout": SECONDS}
    all_events = client.subscribe_to_all(commit_position=7, **how)
    expect("caught up", said(all_events, 4), [8, 9, 10, ("caught up", 10, 0)])
    stream = client.subscribe_to_stream("x_orders-1", stream_position=0, **how)
    expect("caught up with a stream", said(stream, 3), [2, 3, ("caught up", 0, 2)])
    new = client.subscribe_to_all(from_end=True, **how)
    expect("from the end", said(new, 1), [("caught up", 10, 0)])
    checked = client.subscribe_to_all(
        filter_include=[r"x_people\..+"],
        include_checkpoints=True,
        window_size=2,
        checkpoint_interval_multiplier=2,
        **how,
    )
    expect(
        "checkpoints",
        said(checked, 6),
        [("checkpoint", 4), 6, ("checkpoint", 8), 10, ("checkpoint", 10), ("caught up", 10, 0)],
    )
    client.append_to_stream("x_orders-2", current_version=1, events=[event(6), event(7)])
    client.append_to_stream("x_orders-1", current_version=2, events=event(8))
    client.append_to_stream("x_people-3", current_version=StreamState.NO_STREAM, events=event(9, "x_people.joined.v1"))
    expect("live", said(all_events, 4), [11, 12, 13, 14])
    expect("a live stream", said(stream, 1), [13])
    expect("live from the end", said(new, 4), [11, 12, 13, 14])
    expect("live with checkpoints", said(checked, 2), [14, ("checkpoint", 14)])
    for subscription in (all_events, stream, new, checked):
        subscription.stop()
    fails("a category", failures.GrpcError, lambda: client.subscribe_to_stream("$ce-x_orders"), "no such stream")


def deadlines(client):
    # The client's word is taken: a subscription without news ends when its time is over.
    quiet = client.subscribe_to_all(from_end=True, timeout=0.5)
    fails("a deadline", failures.GrpcDeadlineExceededError, lambda: next(quiet))
    late = lambda: client.append_to_stream(
        "x_late-1", current_version=StreamState.ANY, events=event(1), timeout=-1
    )
    fails("a deadline that has passed", failures.GrpcDeadlineExceededError, late)


def many_at_once(client):
    """Writers that race for one revision: exactly one wins each time, and nothing is lost or doubled."""
    won, lost, rounds, writers = [], [], 20, 4

    def write(number):
        for turn in range(rounds):
            try:
                client.append_to_stream(
                    "x_race-1",
                    current_version=turn - 1 if turn else StreamState.NO_STREAM,
                    events=NewEvent(type="x_race.won.v1", data=b"[%d, %d]" % (number, turn), id=uuid.uuid4()),
                )
                won.append((number, turn))
            except failures.WrongCurrentVersionError:
                lost.append((number, turn))
            # Everybody is here before the next turn begins.
            barrier.wait(SECONDS)

    barrier = threading.Barrier(writers)
    threads = [threading.Thread(target=write, args=[number]) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect("turns that were won", sorted(turn for _, turn in won), list(range(rounds)))
    expect("attempts", len(won) + len(lost), rounds * writers)
    data = [e.data for e in client.get_stream("x_race-1")]
    expect("the race", data, [b"[%d, %d]" % winner for winner in sorted(won, key=lambda winner: winner[1])])


def discovering(address):
    # Any user and password: there is no authentication yet.
    host, port = address.rsplit(":", 1)
    uri = f"kurrentdb+discover://admin:changeit@{address}?Tls=false&NodePreference=leader"
    with KurrentDBClient(uri) as client:
        [member] = client.read_gossip()
        expect("the member", (member.state, member.address, member.port), ("NODE_STATE_LEADER", host, int(port)))
        expect("the version", client.get_current_version("x_orders-1"), 3)


def main(address):
    with KurrentDBClient(f"kurrentdb://{address}?Tls=false") as client:
        for step in (appending, refusing, reading, filtering, following, deadlines, many_at_once):
            step(client)
            print(f"{step.__name__}: as expected")
    discovering(address)
    print("discovering: as expected")


if __name__ == "__main__":
    main(sys.argv[1])
