"""Access tokens by PyJWT and cryptography, which share nothing with Rapport: some right, some not.

    access_tokens.py ISSUER AUDIENCE FOLDER

Writes the public keys to FOLDER/jwks.json and the tokens to standard output, a list of JSON: what each is, and whether a
server takes it that trusts elliptic curves alone (`curves`), or RS256 as well (`with_rs256`).
"""

import json
import pathlib
import sys
import time

try:
    import jwt
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
except ImportError as missing:
    print(f"access_tokens.py needs PyJWT and cryptography: {missing}", file=sys.stderr)
    sys.exit(77)

ISSUER, AUDIENCE, FOLDER = sys.argv[1:]
NOW = int(time.time())

KEYS = {
    "ES256": (ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
    "RS256": (rsa.generate_private_key(public_exponent=65537, key_size=2048), RSAAlgorithm),
    "ES384": (ec.generate_private_key(ec.SECP384R1()), ECAlgorithm),
}


def public(algorithm):
    key, kind = KEYS[algorithm]
    return json.loads(kind.to_jwk(key.public_key())) | {"kid": algorithm, "use": "sig", "alg": algorithm}


def token(algorithm, kid=None, typ="at+jwt", **others):
    claims = {"iss": ISSUER, "aud": [AUDIENCE, "other"], "sub": "svc-1", "client_id": "svc-1"}
    claims |= {"iat": NOW, "exp": NOW + 900, "jti": "1", "rapport_roles": ["admin"]} | others
    return jwt.encode(claims, KEYS[algorithm][0], algorithm=algorithm, headers={"kid": kid or algorithm, "typ": typ})


def tokens():
    for algorithm, curves, with_rs256 in [
        ("ES256", True, True),
        ("EdDSA", True, True),
        ("RS256", False, True),
        ("ES384", False, False),
    ]:
        yield algorithm, token(algorithm), curves, with_rs256
    yield "application/at+jwt", token("ES256", typ="application/at+jwt"), True, True
    yield "an ID token", token("ES256", typ="JWT"), False, False
    yield "the key of another algorithm", token("ES256", kid="EdDSA"), False, False
    yield "PS256 by the key of RS256", jwt.encode(
        {"iss": ISSUER, "aud": AUDIENCE, "sub": "svc-1", "iat": NOW, "exp": NOW + 900, "rapport_roles": ["admin"]},
        KEYS["RS256"][0],
        algorithm="PS256",
        headers={"kid": "RS256", "typ": "at+jwt"},
    ), False, False
    yield "expired", token("ES256", iat=NOW - 900, exp=NOW - 60), False, False
    yield "too long-lived", token("ES256", exp=NOW + 901), False, False


pathlib.Path(FOLDER, "jwks.json").write_text(json.dumps({"keys": [public(algorithm) for algorithm in KEYS]}))
json.dump(
    [{"what": what, "token": text, "curves": curves, "with_rs256": rs256} for what, text, curves, rs256 in tokens()],
    sys.stdout,
)
