"""The overview counts what came in, day by day."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from app.extensions import db
from app.models import Comment, OutboxMessage, Post, User, ViewDay
from app.models.base import utc_now
from app.services import overview


def test_every_day_has_a_count_the_last_one_being_today(
    make_user: Callable[..., User],
    make_post: Callable[..., Post],
    make_comment: Callable[..., Comment],
) -> None:
    now = utc_now()
    author = make_user(created_at=now - timedelta(days=40))
    post = make_post(author, published_at=now - timedelta(days=2))
    make_post(author, is_published=False)
    make_post(author, published_at=now + timedelta(days=2))
    make_comment(post, author)
    make_comment(post, author, created_at=now - timedelta(days=2))
    make_comment(post, author, deleted_at=now)
    db.session.add(ViewDay(day=now.date(), views=7))
    db.session.add(ViewDay(day=now.date() - timedelta(days=90), views=9))
    db.session.commit()
    series = {one.name: one for one in overview.list_series(days=7)}
    assert [count for _, count in series["posts"].days] == [0, 0, 0, 0, 1, 0, 0]
    assert [count for _, count in series["comments"].days] == [0, 0, 0, 0, 1, 0, 1]
    assert series["views"].days[-1] == (now.date(), 7)
    assert (series["views"].total, series["views"].most) == (7, 7)
    assert (series["sign_ups"].total, series["sign_ups"].most) == (0, 1)
    assert len(series["views"].days) == 7


def test_what_waits_is_counted(
    app: Flask,
    make_user: Callable[..., User],
    make_post: Callable[..., Post],
    make_comment: Callable[..., Comment],
) -> None:
    make_comment(make_post(), make_user(), is_approved=False)
    now = utc_now()
    for values in ({}, {}, {"dead_at": now}, {"done_at": now}):
        db.session.add(OutboxMessage(kind="mail", payload={}, **values))
    db.session.commit()
    waiting = overview.count_waiting()
    assert (waiting.comments, waiting.messages, waiting.dead_messages) == (1, 2, 1)
