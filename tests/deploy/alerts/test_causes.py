"""Each alert of a cause fires by what it is about, and by nothing ordinary."""

from pathlib import Path

import pytest

from tests.deploy.alerts.promtool import RULES, check, firing, promtool, written_alerts

DAY = 86400
# The series that are there on a good day, one sample a minute.
HEALTHY = {
    'up{job="edge"}': "1x400",
    'up{job="web"}': "1x400",
    'up{job="site"}': "1x400",
    'probe_success{job="site", instance="blog"}': "1x400",
    'probe_ssl_earliest_cert_expiry{instance="blog"}': f"{60 * DAY}x400",
    "nginx_connections_active": "300x400",
    'ironpress_edge_requests_total{class="anonymous", cache="HIT"}': "0+900x400",
    'ironpress_edge_requests_total{class="anonymous", cache="MISS"}': "0+100x400",
    'ironpress_threads{job="web"}': "16x400",
    'ironpress_threads_busy_seconds_total{job="web"}': "0+240x400",
    "ironpress_listen_overflows_total": "0x400",
    'ironpress_workers{job="web", instance="a"}': "2x400",
    'ironpress_workers_wanted{job="web", instance="a"}': "2x400",
    'ironpress_metrics_directory_usable{instance="a"}': "1x400",
    'ironpress_unhandled_exceptions_total{endpoint="main.index"}': "0x400",
    'pg_up{job="postgres"}': "1x400",
    'redis_up{job="redis"}': "1x400",
    'ironpress_cache_breaker_open{job="web"}': "0x400",
    'ironpress_database_breaker_open{job="web"}': "0x400",
    'ironpress_database_pool_timeouts_total{job="web"}': "0x400",
    'ironpress_database_connections{job="web", instance="a", state="in_use"}': "3x400",
    'ironpress_database_pool_limit{job="web", instance="a"}': "20x400",
    'ironpress_database_budget_connections{instance="a", part="web"}': "80x400",
    'ironpress_database_budget_connections{instance="b", part="surge"}': "9x400",
    "ironpress_database_budget_limit": "97x400",
    "ironpress_schema_is_current": "1x400",
    'node_filesystem_size_bytes{mountpoint="/disks/database"}': "100e9x400",
    'node_filesystem_avail_bytes{mountpoint="/disks/database"}': "50e9-1e6x400",
    "ironpress_worker_round_timestamp_seconds": "0+60x400",
    'ironpress_outbox_oldest_age_seconds{kind="mail"}': "30x400",
    'ironpress_outbox_messages{kind="mail", state="dead"}': "0x400",
    "ironpress_backup_wal_receiving": "1x400",
    "ironpress_backup_archived_timestamp_seconds": "0+60x400",
    "ironpress_backup_wal_lag_bytes": "4096x400",
    "ironpress_backup_slot_safe_bytes": "4e9x400",
    "ironpress_backup_gaps_total": "0x400",
    "ironpress_backup_base_timestamp_seconds": "0x400",
    'ironpress_backup_interval_seconds{task="base"}': f"{DAY}x400",
    "ironpress_backup_verified_timestamp_seconds": "0x400",
    'ironpress_backup_interval_seconds{task="verify"}': f"{DAY}x400",
    'ironpress_backup_failures_total{task="base"}': "0x400",
    "ironpress_backup_uploads_timestamp_seconds": "0+60x400",
    "ironpress_backup_archive_free_bytes": "50e9x400",
    'alertmanager_notifications_failed_total{integration="webhook"}': "0x400",
    'prometheus_rule_evaluation_failures_total{rule_group="edge"}': "0x400",
}
# The series that turn bad at minute 60 (or soon after), and when the alert has to be there.
FIRES: dict[str, tuple[dict[str, str], str]] = {
    "SiteDown": ({'probe_success{job="site", instance="blog"}': "1x60 0x300"}, "63m"),
    "NothingScraped": ({'up{job="edge"}': "1x60 0x300"}, "64m"),
    "CertificateExpires": (
        {'probe_ssl_earliest_cert_expiry{instance="blog"}': f"{60 * DAY}x60 {13 * DAY}x300"},
        "2h5m",
    ),
    "EdgeConnectionsHigh": ({"nginx_connections_active": "300x60 7000x300"}, "67m"),
    "PagesNotCached": (
        {
            'ironpress_edge_requests_total{class="anonymous", cache="HIT"}': "0x400",
            'ironpress_edge_requests_total{class="anonymous", cache="MISS"}': "0+1000x400",
        },
        "65m",
    ),
    "ThreadsBusy": ({'ironpress_threads_busy_seconds_total{job="web"}': "0+930x400"}, "20m"),
    "BacklogOverflows": ({"ironpress_listen_overflows_total": "0x60 5x300"}, "62m"),
    "WorkersMissing": ({'ironpress_workers{job="web", instance="a"}': "2x60 1x300"}, "64m"),
    "MetricsUnusable": ({'ironpress_metrics_directory_usable{instance="a"}': "1x60 0x300"}, "63m"),
    "UnhandledErrors": (
        {'ironpress_unhandled_exceptions_total{endpoint="main.index"}': "0x60 2x300"},
        "62m",
    ),
    "PostgresDown": ({'pg_up{job="postgres"}': "1x60 0x300"}, "63m"),
    "RedisDown": ({'redis_up{job="redis"}': "1x60 0x300"}, "63m"),
    "CacheBreakerOpen": ({'ironpress_cache_breaker_open{job="web"}': "0x60 1x300"}, "64m"),
    "DatabaseBreakerOpen": ({'ironpress_database_breaker_open{job="web"}': "0x60 1x300"}, "63m"),
    "PoolExhausted": ({'ironpress_database_pool_timeouts_total{job="web"}': "0x60 3x300"}, "62m"),
    "PoolNearlyExhausted": (
        {'ironpress_database_connections{job="web", instance="a", state="in_use"}': "3x60 19x300"},
        "67m",
    ),
    "ConnectionBudgetExceeded": (
        {'ironpress_database_budget_connections{instance="b", part="surge"}': "9x60 40x300"},
        "67m",
    ),
    "SchemaOutdated": ({"ironpress_schema_is_current": "1x60 0x300"}, "77m"),
    "DiskFillsUp": (
        {'node_filesystem_avail_bytes{mountpoint="/disks/database"}': "39e9-50e6x400"},
        "30m",
    ),
    "WorkerSilent": ({"ironpress_worker_round_timestamp_seconds": "0+60x60 3600x300"}, "64m"),
    "OutboxWaits": ({'ironpress_outbox_oldest_age_seconds{kind="mail"}': "30x60 700x300"}, "67m"),
    "MailDead": ({'ironpress_outbox_messages{kind="mail", state="dead"}': "0x60 2x300"}, "67m"),
    "BackupNotReceiving": ({"ironpress_backup_wal_receiving": "1x60 0x300"}, "63m"),
    "ReplicationLags": ({"ironpress_backup_wal_lag_bytes": "4096x60 1e8x300"}, "67m"),
    "BackupSlotNearlyLost": ({"ironpress_backup_slot_safe_bytes": "4e9x60 1e8x300"}, "62m"),
    "BackupTorn": ({"ironpress_backup_gaps_total": "0x60 1x300"}, "62m"),
    "BaseBackupOld": ({'ironpress_backup_interval_seconds{task="base"}': "3600x400"}, "130m"),
    "RestoreNotVerified": (
        {'ironpress_backup_interval_seconds{task="verify"}': "3600x400"},
        "130m",
    ),
    "BackupFails": ({'ironpress_backup_failures_total{task="base"}': "0x60 1x300"}, "62m"),
    "UploadsNotArchived": (
        {"ironpress_backup_uploads_timestamp_seconds": "0+60x60 3600x300"},
        "72m",
    ),
    "ArchiveNotMirrored": (
        {"ironpress_backup_mirrored_timestamp_seconds": "0+60x60 3600x300"},
        "72m",
    ),
    "ArchiveFull": ({"ironpress_backup_archive_free_bytes": "50e9x60 1e9x300"}, "67m"),
    "ExporterDown": ({'up{job="redis"}': "1x60 0x300"}, "64m"),
    "AlertsNotDelivered": (
        {'alertmanager_notifications_failed_total{integration="webhook"}': "0x60 0+1x300"},
        "70m",
    ),
    "RulesFail": (
        {'prometheus_rule_evaluation_failures_total{rule_group="edge"}': "0x60 1x300"},
        "62m",
    ),
}
# A frozen database answers neither its exporter nor the application.
FROZEN = {
    'up{job="postgres"}': "1x60 0x300",
    'ironpress_database_breaker_open{job="web"}': "0x60 1x300",
}
CAUSES = [alert for alert in written_alerts() if "level" not in alert["labels"]]


def test_every_cause_has_its_case() -> None:
    assert sorted(FIRES) == sorted(alert["alert"] for alert in CAUSES)


def test_each_fires_by_its_cause_and_not_before(tmp_path: Path) -> None:
    tests = []
    for name, (bad, moment) in (*FIRES.items(), ("PostgresDown", (FROZEN, "63m"))):
        there = {**HEALTHY, **bad}
        early = "1m"
        tests.append(
            {
                "name": name,
                "interval": "1m",
                "input_series": [
                    {"series": key, "values": values} for key, values in there.items()
                ],
                "promql_expr_test": [firing(name, early, False), firing(name, moment, True)],
            }
        )
    check(tmp_path, RULES / "causes.yml", *tests)


def test_a_good_day_fires_nothing(tmp_path: Path) -> None:
    test = {
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in HEALTHY.items()],
        "promql_expr_test": [
            {"expr": 'count_over_time(ALERTS{alertstate="firing"}[6h])', "eval_time": "6h"}
        ],
    }
    check(tmp_path, RULES / "causes.yml", test)


@pytest.mark.parametrize("alert", written_alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_is_wrong_how_bad_it_is_and_where_to_read_on(alert: dict) -> None:
    assert alert["labels"]["severity"] in ("page", "ticket", "info")
    notes = alert["annotations"]
    assert notes["summary"]
    assert notes["description"].endswith(".") or "?" in notes["description"]
    assert notes["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"


def test_prometheus_accepts_its_configuration_and_rules() -> None:
    done = promtool("check", "rules", *map(str, sorted(RULES.glob("*.yml"))))
    assert done.returncode == 0, done.stderr
