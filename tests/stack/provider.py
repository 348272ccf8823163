"""A PostgreSQL and a Redis of somebody else's, with TLS, for the tests that use or move to them."""

import secrets
import subprocess
from pathlib import Path

from tests.stack.stack import reference, run, wait_until


def certificate(folder: Path, address: str) -> None:
    """Make a CA and a certificate of it for an address."""
    ca = ["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=Provider CA"]
    ca += ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    own = ["-keyout", "server.key", "-out", "server.crt", "-subj", "/CN=provider"]
    signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-addext", f"subjectAltName=IP:{address}"]
    signed += ["-addext", "basicConstraints=critical,CA:FALSE"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2"]
    for names in (ca, [*own, *signed]):
        run("sh", "-c", 'cd "$0" && openssl req -x509 "$@" 2>&1', str(folder), *key, *names)


class Provider:
    """Runs PostgreSQL and Redis outside the bundle, with TLS, on the engine's own address."""

    def __init__(self, folder: Path) -> None:
        self.network = run(
            "docker", "network", "create", f"provider-{secrets.token_hex(3)}"
        ).strip()
        gateway = "{{(index .IPAM.Config 0).Gateway}}"
        self.address = run("docker", "network", "inspect", self.network, "-f", gateway).strip()
        self.folder = folder
        folder.chmod(0o755)
        certificate(folder, self.address)
        for path in folder.iterdir():
            path.chmod(0o600)
            run("chown", "10001:0", str(path))
        (folder / "ca.crt").chmod(0o644)
        self.ids: list[str] = []
        self.passwords = {name: f"{name}-password-of-the-provider" for name in self.roles}

    roles = ("postgres_password", "postgres_owner_password", "postgres_app_password")

    def start(self, image: str, port: int, *arguments: str, mounts: tuple[str, ...]) -> str:
        """Start one server and return its address as others see it."""
        volumes = [word for mount in mounts for word in ("--volume", mount)]
        container = run(
            "docker", "run", "--detach", "--network", self.network, *volumes,
            "--publish", f"{self.address}::{port}",
            "--tmpfs", "/run/postgresql:mode=1777", reference(image), *arguments,
        ).strip()  # fmt: skip
        self.ids.append(container)
        published = run("docker", "port", container, str(port)).split()[0]
        return published

    def postgres(self) -> str:
        """Start PostgreSQL; TLS is switched on while it runs, as nothing else would be answered."""
        given = self.folder / "secrets"
        given.mkdir()
        for name, password in self.passwords.items():
            (given / name).write_text(password + "\n")
        mounts = (f"{given}:/run/secrets:ro", f"{self.folder}:/tls:ro")
        address = self.start("postgres", 5432, mounts=mounts)
        container = self.ids[-1]
        for statement in (
            "ALTER SYSTEM SET ssl_cert_file = '/tls/server.crt'",
            "ALTER SYSTEM SET ssl_key_file = '/tls/server.key'",
            "ALTER SYSTEM SET ssl = on",
            "SELECT pg_reload_conf()",
        ):
            wait_until(lambda sql=statement: self.psql(container, sql) == 0, seconds=60)
        return address

    def psql(self, container: str, statement: str) -> int:
        """Run a statement as the superuser; return psql's status."""
        password = self.passwords["postgres_password"]
        return subprocess.run(
            ["docker", "exec", "-e", f"PGPASSWORD={password}", container,
             "psql", "--username", "postgres", "-qAtc", statement],
            capture_output=True,
        ).returncode  # fmt: skip

    def redis(self, acl: Path) -> str:
        """Start Redis, by TLS only."""
        tls = {"cert": "server.crt", "key": "server.key", "ca-cert": "ca.crt"}
        options = ["--port", "0", "--tls-port", "6379", "--tls-auth-clients", "no"]
        for name, file in tls.items():
            options += [f"--tls-{name}-file", f"/tls/{file}"]
        mounts = (f"{acl}:/run/secrets/redis_acl:ro", f"{self.folder}:/tls:ro")
        return self.start("redis", 6379, *options, mounts=mounts)

    def stop(self) -> None:
        """Take both away."""
        for container in self.ids:
            run("docker", "rm", "--force", "--volumes", container)
        run("docker", "network", "rm", self.network)

    def addresses(self, postgres: str, redis: str, redis_password: str) -> dict[str, str]:
        """Return the installation's secrets that lead to these servers."""
        query = "sslmode=verify-full&sslrootcert=/run/secrets/data_ca"
        given = {
            "data_ca": (self.folder / "ca.crt").read_text(),
            "redis_url": f"rediss://ironpress:{redis_password}@{redis}/0?ssl_ca_certs=/run/secrets/data_ca",
        }
        for role, name in (("app", "database_url"), ("owner", "database_owner_url")):
            password = self.passwords[f"postgres_{role}_password"]
            given[name] = f"postgresql://ironpress_{role}:{password}@{postgres}/ironpress?{query}"
        return given
