"""Access tokens that nobody has given out: how each is forged, by a name that says so."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "ironpress-api"
ALGORITHMS = (
    *("none", "None", "NONE", "nOnE", "", " none", "none\x00", "HS256 ", "hs256", "HS384", "HS512"),
    *("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "ES256K", "PS256", "PS384", "EdDSA"),
    *("dir", "A256KW", "RSA-OAEP", "PBES2-HS256+A128KW", "HS1", "MD5", "ROT13", None, 256, True),
)
KEY_IDS = (
    *("", "unknown", "Site", "site ", " site", "site\x00", "site/../site", "../../../dev/null"),
    *("/dev/null", "/proc/sys/kernel/randomize_va_space", "/etc/passwd", "file:///etc/passwd"),
    *(
        "https://evil.example/key",
        "http://127.0.0.1/key",
        "site' UNION SELECT 'a'--",
        "' OR '1'='1",
    ),
    *(
        "site; sleep 5",
        "|id",
        "$(id)",
        "`id`",
        "{{7*7}}",
        "%s",
        "0",
        None,
        0,
        1,
        True,
        [],
        ["site"],
    ),
    *({}, {"site": "site"}, "s\u0131te", "x" * 1000),
)
KEYS = (
    *("", " ", "secret", "changeme", "your-256-bit-secret", "testing", "site", "ironpress-api"),
    *("\x00", "\x00" * 32, "null", "undefined", "password", "ironpress", "key", "jwt", "HS256"),
    *("testing-only-key-0123456789-abcdefghij", "api tokens", "0" * 32, "0" * 64, "a" * 32),
)
ABSENT = "absent"
CLAIMS: tuple[dict[str, Any], ...] = (
    *({"type": kind} for kind in ("refresh", "", "Access", "ACCESS", "access ", None, 1, True)),
    *({"type": kind} for kind in (["access"], {"access": 1}, "id", "at+jwt", "personal", "reset")),
    *({"aud": aud} for aud in ("", "ironpress", "ironpress-api2", "IRONPRESS-API", None, 1, [])),
    *({"aud": aud} for aud in (["other"], {"ironpress-api": 1}, "ironpress-api ", "*", [None])),
    *({"sub": sub} for sub in ("999999", "0", "-1", "", None, "admin", "1 OR 1=1", [1], {}, "1e0")),
    *({"sub": sub} for sub in ("99999999999999999999", "0x1", "1;", "\x00", "١٢٣", "1.5", "NaN")),
    *({"exp": exp} for exp in (0, 1, -1, None, "", "x", [], {}, True)),
    *({"nbf": nbf} for nbf in (9_999_999_999, "x", [], {}, 10**30)),
    *({"iat": iat} for iat in (9_999_999_999, "x", [], None, {})),
    *({"epoch": epoch} for epoch in (1, -1, "0", None, "", [], {}, 0.5)),
    *({name: ABSENT} for name in ("sub", "exp", "iat", "type", "aud")),
)
EXTRA_HEADERS: tuple[dict[str, Any], ...] = (
    *(
        {"jku": url}
        for url in ("https://evil.example/jwks.json", "http://127.0.0.1/jwks", "file:///x")
    ),
    *({"x5u": url} for url in ("https://evil.example/cert.pem", "http://169.254.169.254/", "//x")),
    {"x5c": ["MIIB"]},
    {"jwk": {"kty": "oct", "k": "c2VjcmV0"}},
    {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
    {"crit": ["exp"]},
    {"crit": ["b64"], "b64": False},
    {"crit": []},
    {"zip": "DEF"},
    {"enc": "A256GCM", "alg": "dir"},
    {"typ": "at+jwt"},
    {"cty": "JWT"},
)
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = RSA_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def forgeries(user_id: int, good: str) -> Iterator[tuple[str, str]]:
    """Give every forgery for a user, by name; `good` is a token of somebody's own."""
    header, payload, signature = good.split(".")
    kid = {"kid": "site"}
    for algorithm in ALGORITHMS:
        for key in ("", "secret"):
            yield f"alg {algorithm!r} {key}", token(kid | {"alg": algorithm}, claims(user_id), key)
        yield f"alg {algorithm!r} unsigned", unsigned(kid | {"alg": algorithm}, claims(user_id))
        stolen = unsigned(kid | {"alg": algorithm}, claims(user_id)) + signature
        yield f"alg {algorithm!r} another's signature", stolen
    for key in KEYS:
        yield f"key {key!r}", token(kid | {"alg": "HS256"}, claims(user_id), key)
    for key_id in KEY_IDS:
        yield f"kid {key_id!r}", token({"alg": "HS256", "kid": key_id}, claims(user_id), "")
    for extra in EXTRA_HEADERS:
        yield f"header {extra}", token(kid | {"alg": "HS256"} | extra, claims(user_id), "secret")
    # A server that takes a public key for the secret would accept these.
    for alg in ("HS256", "RS256"):
        yield f"{alg} by a public key", token(kid | {"alg": alg}, claims(user_id), PUBLIC)
    yield from altered(user_id, header, payload, signature)


def altered(user_id: int, header: str, payload: str, signature: str) -> Iterator[tuple[str, str]]:
    """Give what can be made of a good token without its key."""
    other = encode(claims(user_id))
    yield "claims of another", f"{header}.{other}.{signature}"
    yield "claims twice", f"{header}.{payload}.{other}.{signature}"
    yield "claims joined", f"{header}.{payload}{other}.{signature}"
    twice = encode_text(json.dumps(claims(0))[:-1] + f', "sub": "{user_id}"}}')
    yield "a key twice", f"{header}.{twice}.{signature}"
    for part in range(1, len(signature), 4):
        yield f"signature of {part} characters", f"{header}.{payload}.{signature[:part]}"
    for place in range(0, len(signature) - 1, 4):
        changed = "A" if signature[place] != "A" else "B"
        forged = signature[:place] + changed + signature[place + 1 :]
        yield f"signature changed at {place}", f"{header}.{payload}.{forged}"
    for text in (".", "..", "...", header, f"{header}.{payload}", f"{header}.{payload}."):
        yield f"cut to {len(text)}", text
    yield "no header", f".{payload}.{signature}"
    yield "no claims", f"{header}..{signature}"
    yield "no text", f"{encode_text('nonsense')}.{payload}.{signature}"
    yield "bytes", f"{header}.{payload}.{signature}\xff"
    yield "empty signature bytes", f"{header}.{payload}.===="
    serialized = {"protected": header, "payload": payload, "signature": signature}
    yield "JSON serialization", json.dumps(serialized | {"payload": other})


def signed_by_the_site(user_id: int, key: str) -> Iterator[tuple[str, str]]:
    """Give tokens whose signature is right and whose claims are not."""
    header = {"alg": "HS256", "kid": "site"}
    for change in CLAIMS:
        changed = {k: v for k, v in (claims(user_id) | change).items() if v != ABSENT}
        yield f"claims {change}", token(header, changed, key)
    for algorithm in ("HS384", "HS512"):
        yield f"signed by {algorithm}", token(header | {"alg": algorithm}, claims(user_id), key)
    for key_id in ("unknown", "", None, [], 0):
        yield f"named {key_id!r}", token(header | {"kid": key_id}, claims(user_id), key)
    yield "unnamed", token({"alg": "HS256"}, claims(user_id), key)
    yield "critical", token(header | {"crit": ["x"], "x": 1}, claims(user_id), key)


def claims(user_id: int) -> dict[str, Any]:
    """Return the claims that a good token of a user has."""
    now = int(time.time())
    times = {"iat": now, "exp": now + 600}
    kind = {"type": "access", "aud": AUDIENCE, "fam": "f" * 32, "epoch": 0}
    return {"sub": str(user_id)} | times | kind


def token(header: dict[str, Any], content: dict[str, Any], key: str | bytes) -> str:
    """Return a token signed by a key, by the hash that the header names, else by SHA-256."""
    secret = key.encode() if isinstance(key, str) else key
    hash_name = {"HS384": "sha384", "HS512": "sha512"}.get(str(header.get("alg")), "sha256")
    text = f"{encode({'typ': 'JWT'} | header)}.{encode(content)}"
    return f"{text}.{encode_bytes(hmac.new(secret, text.encode(), hash_name).digest())}"


def unsigned(header: dict[str, Any], content: dict[str, Any]) -> str:
    """Return a token without a signature."""
    return f"{encode({'typ': 'JWT'} | header)}.{encode(content)}."


def encode(value: Any) -> str:
    """Return a value as a part of a token."""
    return encode_text(json.dumps(value))


def encode_text(text: str) -> str:
    """Return a text as a part of a token."""
    return encode_bytes(text.encode())


def encode_bytes(data: bytes) -> str:
    """Return bytes as a part of a token."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
