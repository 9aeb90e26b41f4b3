"""A verifier of proofs that shares nothing with Rapport: standard library only, Ed25519 written out by RFC 8032.

    proof.py FOLDER

The folder holds what an auditor has: `key` (the verifier key), `proof` (c2sp.org/tlog-proof@v1) and, where they were
fetched, `checkpoint`, `tile` (0/000.p/N) and `entries` (entries/000.p/N) of the whole log.
"""

import base64
import hashlib
import json
import pathlib
import sys

# Ed25519, RFC 8032, section 6.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    x = (a[1] - a[0]) * (b[1] - b[0]) % P
    y = (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = y - x, z - t, z + t, y + x
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P)
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * ROOT % P
    if (x * x - xx) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public, message, signature):
    a, r = decompress(public), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= Q:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    h = int.from_bytes(digest, "little") % Q
    left, right = multiply(s, BASE), add(r, multiply(h, a))
    same = lambda i: (left[i] * right[2] - right[i] * left[2]) % P == 0
    return same(0) and same(1)


class Refused(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Refused(what)


def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("base64") from None
    need(base64.b64encode(data).decode() == text, "base64")
    return data


def number(text):
    need(text.isascii() and text.isdecimal() and str(int(text)) == text, "a number")
    return int(text)


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(data):
    return sha256(b"\0" + data)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def mth(leaves):
    """The root, by the definition of RFC 6962, 2.1."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(mth(leaves[:k]), mth(leaves[k:]))


def checkpoint(note, key):
    """Size and root of a checkpoint that the key signed."""
    name, key_id, public = key.split("+", 2)
    public = unbase64(public)
    need(len(public) == 33 and public[0] == 1, "an Ed25519 key")
    need(sha256(f"{name}\n".encode() + public)[:4].hex() == key_id, "a whole key")
    text, blank, signatures = note.rpartition("\n\n")
    need(blank and signatures.endswith("\n"), "a signed note")
    text += "\n"
    signed = False
    for line in signatures[:-1].split("\n"):
        dash, by, value = line.split(" ") if line.count(" ") == 2 else ("", "", "")
        need(dash == "\u2014", "a signature")
        value = unbase64(value)
        if by == name and value[:4].hex() == key_id:
            need(is_signed(public[1:], text.encode(), value[4:]), "the key's signature")
            signed = True
    need(signed, "a signature of the key")
    origin, size, root, rest = text.split("\n", 3)
    need(origin == name and not rest, "a checkpoint of the log")
    root = unbase64(root)
    need(len(root) == 32, "a root of 32 bytes")
    return number(size), root


def verify(proof, key):
    """The header of the event that a bundle proves (RFC 9162, 2.1.3.2)."""
    head, blank, note = proof.partition("\n\n")
    need(blank, "a proof")
    lines = head.split("\n")
    need(len(lines) >= 3 and lines[0] == "c2sp.org/tlog-proof@v1", "a proof")
    need(lines[1].startswith("extra ") and lines[2].startswith("index "), "a proof")
    header, index = unbase64(lines[1][6:]), number(lines[2][6:])
    size, root = checkpoint(note, key)
    need(index < size, "an index in the tree")
    fn, sn, r = index, size - 1, leaf_hash(header)
    for text in lines[3:]:
        p = unbase64(text)
        need(len(p) == 32 and sn, "a proof of the right length")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0 and r == root, "the root")
    event = json.loads(header)
    # Sorted members and no spaces: the canonical form, of which there is one.
    written = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    need(written.encode() == header, "a canonical header")
    return event


def refuses_every_change(proof, key):
    """One byte changed anywhere."""
    data = proof.encode()
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            verify(changed.decode(), key)
        except (Refused, ValueError):
            continue
        sys.exit(f"a proof with byte {at} changed passes")
    return len(data)


def entries(data):
    found = []
    while data:
        length = int.from_bytes(data[:2], "big")
        found.append(data[2 : 2 + length])
        data = data[2 + length :]
    return found


def main():
    folder = pathlib.Path(sys.argv[-1])
    read = lambda name: (folder / name).read_text(encoding="utf-8")
    key, proof = read("key").strip(), read("proof")
    event = verify(proof, key)
    changes = refuses_every_change(proof, key)
    print(f"{event['type']} in {event['stream']} is proved, and {changes} changed proofs are refused")
    if (folder / "tile").exists():
        size, root = checkpoint(read("checkpoint"), key)
        tile = (folder / "tile").read_bytes()
        leaves = [tile[at : at + 32] for at in range(0, len(tile), 32)]
        headers = entries((folder / "entries").read_bytes())
        need(len(leaves) == size and mth(leaves) == root, "the root of the tile")
        need([leaf_hash(header) for header in headers] == leaves, "the leaves of the entries")
        print(f"{size} entries fetched as tiles have the signed root")


if __name__ == "__main__":
    main()
