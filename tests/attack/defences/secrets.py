"""Defences of secrets."""

import logging

from app.config import ConfigError, load_settings
from app.ops import logs
from tests.attack.defences.scene import Row, Scene, same, without


def read_a_link_in_the_log(_: Scene) -> bool:
    record = logging.LogRecord("x", 20, "", 0, "sent s3cr3t-token", None, None)
    formatter = logs.SafeFormatter()
    formatter.secrets = ("s3cr3t-token",)
    return "s3cr3t-token" in formatter.format(record)


def start_with_a_weak_secret(_: Scene) -> bool:
    try:
        load_settings(
            "production",
            secret_key="secret",
            database_url="postgresql://u:p@h/d",
            site_url="https://blog.example.org",
        )
    except ConfigError:
        return False
    return True


DEFENCES = {
    "secrets are blotted out": Row(read_a_link_in_the_log, without(logs, "blotted", same)),
    "strong secrets": Row(
        start_with_a_weak_secret,
        lambda scene: scene.patch.setattr("app.config.unsafe_for_production", lambda *_, **__: []),
    ),
}
