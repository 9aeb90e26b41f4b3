"""A witness of logs (c2sp.org/tlog-witness) that shares nothing with Rapport: standard library only.

    witness.py STATE VKEY

It knows one log, by its verifier key, and keeps the size and root of the last checkpoint that it cosigned in the file
STATE. It prints its own verifier key and its port, then serves on loopback until its standard input ends.
"""

import base64
import hashlib
import http.server
import json
import pathlib
import sys
import threading
import time

from proof import BASE, P, Q, Refused, checkpoint, mth, multiply, need, node_hash, number, unbase64

NAME = "witness.example/w1"
SEED = hashlib.sha256(b"a witness of tests").digest()


def compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


# RFC 8032, section 5.1.5 and 5.1.6.
DIGEST = hashlib.sha512(SEED).digest()
SCALAR = int.from_bytes(DIGEST[:32], "little") & ((1 << 254) - 8) | 1 << 254
PUBLIC = compress(multiply(SCALAR, BASE))
KEY_ID = hashlib.sha256(NAME.encode() + b"\n\x04" + PUBLIC).digest()[:4]


def sign(message):
    hash_of = lambda data: int.from_bytes(hashlib.sha512(data).digest(), "little") % Q
    r = hash_of(DIGEST[32:] + message)
    point = compress(multiply(r, BASE))
    s = (r + hash_of(point + PUBLIC + message) * SCALAR) % Q
    return point + s.to_bytes(32, "little")


def goes_on(old, new, older, newer, proof):
    """Whether a proof shows that one tree is the beginning of another: RFC 9162, 2.1.4.2."""
    if old == 0:
        return not proof and older == mth([])
    if old == new:
        return not proof and older == newer
    if old & old - 1 == 0:
        proof = [older] + proof
    if not proof:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return fr == older and sr == newer and sn == 0


class Witness:
    def __init__(self, state, log):
        self.state, self.log = pathlib.Path(state), log
        self.lock = threading.Lock()

    def known(self):
        if not self.state.exists():
            return 0, mth([])
        kept = json.loads(self.state.read_text())
        return kept["size"], unbase64(kept["root"])

    def add_checkpoint(self, body):
        """Status, kind and text of the answer."""
        try:
            head, blank, note = body.partition("\n\n")
            old, *proof = head.split("\n")
            need(blank and old.startswith("old ") and len(proof) <= 63, "a request")
            old, proof = number(old[4:]), [unbase64(line) for line in proof]
        except Refused as refused:
            return 400, "text/plain", f"{refused}\n"
        if note.split("\n")[0] != self.log.split("+")[0]:
            return 404, "text/plain", "another log\n"
        try:
            size, root = checkpoint(note, self.log)
        except Refused as refused:
            return 403, "text/plain", f"{refused}\n"
        with self.lock:
            known, known_root = self.known()
            if old > size:
                return 400, "text/plain", "it shrinks\n"
            if old != known or (size == known and root != known_root):
                return 409, "text/x.tlog.size", f"{known}\n"
            if not goes_on(old, size, known_root, root, proof):
                return 422, "text/plain", "the proof does not hold\n"
            kept = {"size": size, "root": base64.b64encode(root).decode()}
            self.state.write_text(json.dumps(kept))
        now = int(time.time())
        text = note.rpartition("\n\n")[0] + "\n"
        value = KEY_ID + now.to_bytes(8, "big") + sign(f"cosignature/v1\ntime {now}\n{text}".encode())
        # A line of somebody else before it, which whoever asks has to pass over.
        stranger = f"\u2014 witness.example/other {base64.b64encode(bytes(76)).decode()}\n"
        return 200, "text/plain", f"{stranger}\u2014 {NAME} {base64.b64encode(value).decode()}\n"


def serve(witness):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, kind, text = (404, "text/plain", "")
            if self.path == "/w1/add-checkpoint":
                status, kind, text = witness.add_checkpoint(body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    vkey = f"{NAME}+{KEY_ID.hex()}+{base64.b64encode(bytes([4]) + PUBLIC).decode()}"
    print(f"{vkey} http://127.0.0.1:{server.server_port}/w1", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve(Witness(*sys.argv[1:3]))
