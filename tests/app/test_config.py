"""Settings: where they come from, and what is refused."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import ConfigError, load_settings, secret_fault
from app.settings import ROOT, SECTIONS, Settings

GOOD_SECRET = "f3a9c0d17be24586a1b2c3d4e5f60718"
PRODUCTION = {
    "SECRET_KEY": GOOD_SECRET,
    "DATABASE_URL": "postgresql://blog:pw@db/blog",
    "SITE_URL": "https://blog.example.org",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Start from an environment without any of our settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)
    return monkeypatch


def set_all(environment: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        environment.setenv(name, value)


def test_production_starts_with_the_three_required_settings(
    environment: pytest.MonkeyPatch,
) -> None:
    set_all(environment, PRODUCTION)
    settings = load_settings("production")
    assert settings.database_url == "postgresql+psycopg2://blog:pw@db/blog"
    assert settings.https
    assert settings.require_email_verification
    assert settings.default_role == "guest"


def test_production_reports_every_fault_at_once(environment: pytest.MonkeyPatch) -> None:
    set_all(environment, {"PORT": "99999", "TIME_ZONE": "Moon/Sea", "WEB_THREADS": "many"})
    with pytest.raises(ConfigError) as caught:
        load_settings("production")
    text = str(caught.value.message)
    for name in ("SECRET_KEY", "DATABASE_URL", "SITE_URL", "PORT", "TIME_ZONE", "WEB_THREADS"):
        assert f"- {name}: " in text
    assert len(caught.value.faults) == 6


@pytest.mark.parametrize("missing", list(PRODUCTION))
def test_production_refuses_to_start_without_a_required_setting(
    environment: pytest.MonkeyPatch, missing: str
) -> None:
    set_all(environment, {name: v for name, v in PRODUCTION.items() if name != missing})
    with pytest.raises(ConfigError, match=missing):
        load_settings("production")


@pytest.mark.parametrize(
    "secret", ["", "secret", "changeme", "x" * 64, "short-but-random", "development" * 4]
)
def test_a_weak_secret_is_refused(secret: str) -> None:
    assert secret_fault(secret)


def test_a_random_secret_is_accepted() -> None:
    assert secret_fault(GOOD_SECRET) is None


def test_a_setting_is_read_from_the_file_its_variable_names(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text(GOOD_SECRET + "\n", encoding="ascii")
    set_all(environment, PRODUCTION | {"SECRET_KEY": "", "SECRET_KEY_FILE": str(file)})
    assert load_settings("production").secret_key.get_secret_value() == GOOD_SECRET


def test_the_file_of_the_log_level_is_a_setting_of_its_own(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("LOG_LEVEL_FILE", str(tmp_path / "none-yet"))
    settings = load_settings("default")
    assert settings.log_level == "INFO"
    assert settings.log_level_file == tmp_path / "none-yet"


def test_an_unreadable_file_and_a_double_setting_are_faults(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    set_all(
        environment,
        PRODUCTION
        | {
            "REDIS_URL_FILE": str(tmp_path / "absent"),
            "SECRET_KEY_FILE": str(binary),
        },
    )
    with pytest.raises(ConfigError) as caught:
        load_settings("production")
    text = caught.value.message
    assert "REDIS_URL_FILE" in text
    assert "SECRET_KEY and SECRET_KEY_FILE are both set" in text
    assert "is not UTF-8 text" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x/y"),
        ("REDIS_URL", "http://x"),
        ("SMTP_URL", "mail.example.org:587"),
        ("SITE_URL", "https://blog.example.org/path"),
        ("SITE_URL", "ftp://blog.example.org"),
        ("POSTS_PER_PAGE", "0"),
        ("LOG_LEVEL", "LOUD"),
        ("DEFAULT_ROLE", "king"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    set_all(environment, PRODUCTION | {name: value})
    with pytest.raises(ConfigError, match=name):
        load_settings("production")


def test_an_unknown_profile_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="production, development, testing, default"):
        load_settings("prod")


def test_the_testing_profile_ignores_the_environment(environment: pytest.MonkeyPatch) -> None:
    set_all(environment, {"DATABASE_URL": "postgresql://elsewhere/x", "PORT": "nonsense"})
    assert load_settings("testing").database_url == "sqlite:///:memory:"


def test_the_embedded_default_keeps_a_secret_of_its_own(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = load_settings("default", data_dir=tmp_path).secret_key.get_secret_value()
    again = load_settings("default", data_dir=tmp_path).secret_key.get_secret_value()
    assert first == again
    assert secret_fault(first) is None
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_an_unwritable_data_folder_is_one_clear_sentence(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="ascii")
    with pytest.raises(ConfigError, match=r"DATA_DIR: .* is not writable"):
        load_settings("default", data_dir=blocked / "data")


def test_secrets_do_not_show_when_settings_are_printed(environment: pytest.MonkeyPatch) -> None:
    set_all(environment, PRODUCTION)
    assert GOOD_SECRET not in repr(load_settings("production"))


def test_every_setting_has_help_and_a_section() -> None:
    listed = [name for names in SECTIONS.values() for name in names]
    assert sorted(listed) == sorted(Settings.model_fields)
    assert all(field.description for field in Settings.model_fields.values())


def test_the_generated_documents_are_current() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "scripts.settings", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
