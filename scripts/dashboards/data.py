"""Where the data is: PostgreSQL, Redis, the outbox, the archive, the disks."""

from scripts.dashboards.panels import Dashboard, Panel, Query, latencies, rate


def backup(title: str, unit: str, *queries: tuple[str, str], alert: str = "") -> Panel:
    """Return a panel of the backup service, which a bundle need not have."""
    return Panel(title, unit, tuple(Query(*query) for query in queries), alert=alert, rare=True)


def age(metric: str) -> str:
    """Return the query for how long ago a moment is."""
    return f"time() - max({metric})"


DASHBOARD = Dashboard(
    "data",
    "Data stores, outbox and backups",
    (
        Panel(
            "There",
            "short",
            (Query("max(pg_up)", "PostgreSQL"), Query("max(redis_up)", "Redis")),
            bad=1,
            below=True,
            big=True,
            alert="PostgresDown",
        ),
        Panel(
            "PostgreSQL's sessions",
            "short",
            (Query('sum by (state) (pg_stat_activity_count{datname="ironpress"})', "{{state}}"),),
        ),
        Panel(
            "Transactions",
            "ops",
            (
                Query(
                    rate("pg_stat_database_xact_commit", where='datname="ironpress"'), "committed"
                ),
                Query(
                    rate("pg_stat_database_xact_rollback", where='datname="ironpress"'),
                    "rolled back",
                ),
            ),
        ),
        Panel(
            "Found in PostgreSQL's memory",
            "percentunit",
            (
                Query(
                    "sum(pg_stat_database_blks_hit{datname='ironpress'})"
                    " / sum(pg_stat_database_blks_hit{datname='ironpress'}"
                    " + pg_stat_database_blks_read{datname='ironpress'})",
                    "blocks",
                ),
            ),
        ),
        Panel(
            "Longest transaction",
            "s",
            (Query('max(pg_stat_activity_max_tx_duration{datname="ironpress"})', "open for"),),
        ),
        Panel(
            "Locks, deadlocks",
            "short",
            (
                Query('sum by (mode) (pg_locks_count{datname="ironpress"}) > 0', "{{mode}}"),
                Query('sum(pg_stat_database_deadlocks{datname="ironpress"})', "deadlocks so far"),
            ),
        ),
        Panel(
            "Size of the database",
            "bytes",
            (Query('max(pg_database_size_bytes{datname="ironpress"})', "ironpress"),),
        ),
        Panel(
            "Redis",
            "ops",
            (
                Query(rate("redis_commands_processed_total"), "commands"),
                Query(rate("redis_keyspace_hits_total"), "found"),
                Query(rate("redis_keyspace_misses_total"), "not found"),
                Query(rate("redis_evicted_keys_total"), "thrown out"),
            ),
            alert="RedisDown",
        ),
        Panel(
            "Redis' memory",
            "bytes",
            (
                Query("max(redis_memory_used_bytes)", "used"),
                Query("max(redis_memory_max_bytes)", "most"),
            ),
        ),
        Panel(
            "Outbox",
            "short",
            (Query("sum by (kind, state) (ironpress_outbox_messages)", "{{kind}} {{state}}"),),
            alert="OutboxWaits",
        ),
        Panel(
            "Waiting for longest",
            "s",
            (Query("max by (kind) (ironpress_outbox_oldest_age_seconds)", "{{kind}}"),),
            bad=600,
            alert="OutboxWaits",
        ),
        Panel(
            "Carried out",
            "ops",
            (
                Query(
                    rate("ironpress_outbox_processed_total", "kind, result"), "{{kind}} {{result}}"
                ),
            ),
            alert="MailDead",
            rare=True,
        ),
        Panel(
            "From due to done",
            "s",
            latencies("ironpress_outbox_delay_seconds", "kind", name="{{kind}}"),
            alert="MailDelay",
            rare=True,
        ),
        Panel(
            "The worker's last signs of life",
            "s",
            (
                Query(age("ironpress_worker_round_timestamp_seconds"), "looked for work"),
                Query(age("ironpress_outbox_measured_timestamp_seconds"), "measured the outbox"),
            ),
            bad=60,
            alert="WorkerSilent",
        ),
        Panel(
            "Comments that wait", "short", (Query("max(ironpress_comments_waiting)", "comments"),)
        ),
        Panel(
            "Schema",
            "short",
            (
                Query(
                    "max by (current, expected) (ironpress_schema_info)",
                    "{{current}}, wanted {{expected}}",
                ),
                Query("max(ironpress_schema_is_current)", "current"),
            ),
            big=True,
            alert="SchemaOutdated",
        ),
        backup(
            "Not yet archived",
            "s",
            (age("ironpress_backup_archived_timestamp_seconds"), "commits"),
            (age("ironpress_backup_uploads_timestamp_seconds"), "uploads"),
            alert="BackupAge",
        ),
        backup(
            "Base backup and verified restore",
            "s",
            (age("ironpress_backup_base_timestamp_seconds"), "base backup ago"),
            (age("ironpress_backup_verified_timestamp_seconds"), "verified restore ago"),
            ("max by (task) (ironpress_backup_interval_seconds)", "{{task}} planned"),
            ("max(ironpress_backup_base_seconds)", "base backup took"),
            ("max(ironpress_backup_verify_seconds)", "verifying took"),
            alert="RestoreNotVerified",
        ),
        backup(
            "Stream into the archive",
            "bytes",
            ("max(ironpress_backup_wal_lag_bytes)", "behind"),
            ("min(ironpress_backup_slot_safe_bytes)", "until given up"),
            ("max(ironpress_backup_base_bytes)", "newest base backup"),
            ("min(ironpress_backup_archive_free_bytes)", "room in the archive"),
            alert="ReplicationLags",
        ),
        backup(
            "Archive",
            "short",
            ("max(ironpress_backup_wal_receiving)", "receiving"),
            ("max(ironpress_backup_base_count)", "base backups"),
            ("sum(ironpress_backup_gaps_total)", "gaps"),
            ("sum by (task) (ironpress_backup_failures_total)", "{{task}} failed"),
            alert="BackupFails",
        ),
        Panel(
            "Room on the disks",
            "percentunit",
            (Query("node_filesystem_avail_bytes / node_filesystem_size_bytes", "{{mountpoint}}"),),
            bad=0.1,
            below=True,
            alert="DiskFillsUp",
        ),
        Panel(
            "The machine",
            "percentunit",
            (
                Query(
                    '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))',
                    "processors",
                ),
                Query("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "memory"),
            ),
        ),
    ),
)
