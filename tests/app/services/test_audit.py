"""The log of privileged acts says who did what, and nobody can change it."""

import csv
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.models import AuditEntry, Comment, Post, Role, User
from app.models.base import utc_now
from app.services import audit, comments, people, publishing
from app.services.audit import Filter

MakeUser = Callable[..., User]


def entries() -> list[tuple[str, str, str]]:
    rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(row.actor, row.action, row.target) for row in rows]


def test_what_admins_do_to_accounts_is_logged(app: Flask, make_user: MakeUser) -> None:
    root, ann = make_user(Role.ADMIN, username="root"), make_user(username="ann")
    audit.origin.set("192.0.2.7")
    people.change_person(user_id=ann.id, actor=root, role="editor")
    people.change_person(user_id=ann.id, actor=root, role="editor", is_active=True)  # No change.
    people.change_person(user_id=ann.id, actor=root, is_active=False)
    people.change_person(user_id=ann.id, actor=root, is_active=True)
    people.end_sessions(user_id=ann.id, actor=root)
    people.remove_second_factor(user_id=ann.id, actor=root)
    assert entries() == [
        ("root", f"user.{act}", "user ann")
        for act in ("role", "deactivate", "activate", "end_sessions", "remove_second_factor")
    ]
    first = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).first()
    assert first
    assert (first.details, first.address) == ({"role": "editor"}, "192.0.2.7")


def test_what_editors_do_to_others_is_logged_and_their_own_is_not(
    make_user: MakeUser, make_post: Callable[..., Post], make_comment: Callable[..., Comment]
) -> None:
    editor, ann = make_user(Role.EDITOR, username="ed"), make_user(username="ann")
    foreign, own = make_post(ann, title="Foreign"), make_post(editor)
    waiting = make_comment(foreign, ann, is_approved=False)
    number, post = waiting.id, foreign.id
    comments.approve_comment(comment_id=waiting.id, moderator=editor)
    comments.approve_comment(comment_id=waiting.id, moderator=editor, approved=False)
    comments.delete_comment(comment_id=waiting.id, user=editor)
    comments.delete_comment(comment_id=make_comment(foreign, ann).id, user=ann)
    publishing.update_post(post_id=own.id, editor=editor, title="New")
    publishing.update_post(post_id=foreign.id, editor=editor, title="Newer")
    publishing.delete_post(post_id=foreign.id, editor=editor)
    assert entries() == [
        ("ed", "comment.approve", f"comment {number} on foreign"),
        ("ed", "comment.hide", f"comment {number} on foreign"),
        ("ed", "comment.delete", f"comment {number} on foreign"),
        ("ed", "post.edit", f"post {post} foreign"),
        ("ed", "post.delete", f"post {post} foreign"),
    ]


def test_an_act_that_fails_is_not_logged(app: Flask, make_user: MakeUser) -> None:
    root = make_user(Role.ADMIN)
    audit.record(actor=root, action="user.role", target="user x")
    db.session.rollback()
    assert entries() == []


@pytest.mark.parametrize(
    "change",
    [
        update(AuditEntry).values(actor="nobody"),
        delete(AuditEntry),
        text("DELETE FROM audit_log WHERE id < 0"),
    ],
)
def test_the_database_refuses_to_change_the_log(app: Flask, change: object) -> None:
    audit.record(actor=None, action="a", target="t")
    db.session.commit()
    if isinstance(change, type(text(""))) and db.engine.dialect.name == "sqlite":
        return  # SQLite asks for each row, and this names none.
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(change)  # type: ignore[call-overload]
    db.session.rollback()
    assert entries() == [(audit.OPERATOR, "a", "t")]


def test_postgresql_refuses_to_empty_the_log(app: Flask) -> None:
    if db.engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text("TRUNCATE audit_log"))
        db.session.rollback()


def test_the_log_is_narrowed_by_actor_act_and_day(app: Flask, make_user: MakeUser) -> None:
    root = make_user(Role.ADMIN, username="root")
    for actor, action in ((root, "a"), (root, "b"), (None, "b")):
        audit.record(actor=actor, action=action, target="t")
    db.session.commit()
    today = utc_now().date()

    def count(**values: object) -> int:
        return len(audit.list_entries(only=Filter(**values), page=1, per_page=9).items)  # type: ignore[arg-type]

    assert count() == 3
    assert count(actor="root") == 2
    assert count(actor="root", action="b") == 1
    assert count(since=today, until=today) == 3
    assert count(until=today - timedelta(days=1)) == 0
    assert count(since=today + timedelta(days=1)) == 0
    assert audit.list_actions() == ["a", "b"]


def test_no_cell_of_the_export_is_a_formula(app: Flask) -> None:
    audit.record(actor=None, action="a", target="=HYPERLINK(1)", why="+1", how="x")
    db.session.commit()
    lines = "".join(audit.stream_csv(app, Filter())).splitlines()
    header, row = csv.reader(lines)
    assert header[4:6] == ["target", "details"]
    assert row[4] == "'=HYPERLINK(1)"
    assert row[5] == "why: +1; how: x"
