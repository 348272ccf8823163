"""What the privileged did: a log that the database lets nobody change."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, Index, String, Table, event, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime, utc_now


class AuditEntry(Model):
    """One act. Names stand here as they were then: no other row may change what it says."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_actor", "actor"), Index("ix_audit_log_action", "action"))

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(250))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    address: Mapped[str] = mapped_column(String(45))


# Rows can be added and read, nothing else: a trigger refuses the rest whoever asks, and on
# PostgreSQL the role that the application uses gives those rights up.
GUARD = {
    "postgresql": [
        "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
        "REVOKE UPDATE, DELETE, TRUNCATE ON audit_log FROM CURRENT_USER",
    ],
    "sqlite": [
        f"CREATE TRIGGER audit_log_no_{verb} BEFORE {verb} ON audit_log"
        " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        for verb in ("update", "delete")
    ],
}


@event.listens_for(AuditEntry.__table__, "after_create")
def guard_log(_: Table, connection: Connection, **__: object) -> None:
    """Refuse changes of the log where its table was created."""
    for statement in GUARD[connection.dialect.name]:
        connection.execute(text(statement))


@event.listens_for(AuditEntry.__table__, "after_drop")
def drop_guard(_: Table, connection: Connection, **__: object) -> None:
    """Drop what the table's triggers leave behind."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP FUNCTION IF EXISTS refuse_audit_change"))
