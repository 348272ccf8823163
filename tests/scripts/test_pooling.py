"""PgBouncer is told of the application's database by the application's own address."""

from scripts.pooling import database, url, users

OWN = "postgresql://ironpress_app:secret@postgres/ironpress"
MANAGED = (
    "postgresql://app:p%22w%2F@db.example.net:6432/blog"
    "?sslmode=verify-full&sslrootcert=/run/secrets/data_ca"
)


def test_the_bundles_own_database_is_reached_by_its_name() -> None:
    assert database(OWN) == "[databases]\nironpress = host=postgres port=5432"
    assert users(OWN) == '"ironpress_app" "secret"'
    assert url(OWN) == "postgresql://ironpress_app:secret@pgbouncer/ironpress"


def test_a_managed_database_is_verified_as_the_application_would() -> None:
    assert database(MANAGED).splitlines() == [
        "[databases]",
        "blog = host=db.example.net port=6432",
        "[pgbouncer]",
        "server_tls_sslmode = verify-full",
        "server_tls_ca_file = /run/secrets/data_ca",
    ]
    assert users(MANAGED) == '"app" "p""w/"'
    assert url(MANAGED) == "postgresql://app:p%22w%2F@pgbouncer/blog"
