"""What PgBouncer must know, made of the application's own address of the database.

`python3 -m scripts.pooling database | users | url` reads that address from standard input.
"""

import sys
from urllib.parse import parse_qs, unquote, urlsplit

HOST = "pgbouncer"


def database(address: str) -> str:
    """Return where the connections lead, and how their TLS is verified."""
    parts = urlsplit(address)
    given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    name = parts.path.strip("/")
    lines = ["[databases]", f"{name} = host={parts.hostname} port={parts.port or 5432}"]
    if "sslmode" in given:
        lines += ["[pgbouncer]", f"server_tls_sslmode = {given['sslmode']}"]
    if "sslrootcert" in given:
        lines.append(f"server_tls_ca_file = {given['sslrootcert']}")
    return "\n".join(lines)


def users(address: str) -> str:
    """Return the one user with its password, which is asked for and given on."""
    parts = urlsplit(address)
    words = (unquote(word or "").replace('"', '""') for word in (parts.username, parts.password))
    return " ".join(f'"{word}"' for word in words)


def url(address: str) -> str:
    """Return the address at which the application finds PgBouncer in the database's place."""
    parts = urlsplit(address)
    user = parts.netloc.rpartition("@")[0]
    return f"{parts.scheme}://{user}@{HOST}{parts.path}"


if __name__ == "__main__":
    print({"database": database, "users": users, "url": url}[sys.argv[1]](sys.stdin.read().strip()))
