"""Accounts and the audit log as admins see them."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models import Role, User

MakeUser = Callable[..., User]
PASSWORD = "Correct-Horse-7"


@pytest.fixture
def admin(log_in: Callable[..., FlaskClient], make_user: MakeUser) -> FlaskClient:
    """Give a browser in which an admin is logged in."""
    return log_in(make_user(Role.ADMIN, username="root"))


def test_accounts_are_found_by_name_address_role_and_state(
    admin: FlaskClient, make_user: MakeUser
) -> None:
    make_user(username="ann", email="ann_x@example.org")
    make_user(Role.EDITOR, username="bob", is_active=False)
    assert all(name in admin.get("/admin/users").text for name in (">ann<", ">bob<", ">root<"))
    for query, found in (
        ("q=AN", {"ann"}),
        ("q=_x@", {"ann"}),
        ("q=%25", set()),
        ("role=editor", {"bob"}),
        ("state=closed", {"bob"}),
        ("state=active&role=admin", {"root"}),
    ):
        page = admin.get(f"/admin/users?{query}").text
        assert {name for name in ("ann", "bob", "root") if f">{name}</a>" in page} - {
            "root"
        } == found - {"root"}, query


def test_a_new_role_logs_the_account_out(
    app: Flask, admin: FlaskClient, make_user: MakeUser
) -> None:
    ann = make_user(username="ann")
    phone = app.test_client()
    phone.post("/auth/login", data={"username": "ann", "password": PASSWORD})
    assert "on 1 device" in admin.get(f"/admin/users/{ann.id}").text
    answer = admin.post(f"/admin/users/{ann.id}", data={"role": "editor", "is_active": "y"})
    assert answer.status_code == 302
    assert phone.get("/auth/profile").status_code == 302
    db.session.refresh(ann)
    assert (ann.role, ann.is_active) == (Role.EDITOR, True)
    admin.post(f"/admin/users/{ann.id}", data={"role": "editor"})
    assert (
        phone.post("/auth/login", data={"username": "ann", "password": PASSWORD}).status_code == 200
    )


def test_buttons_end_sessions_and_remove_the_second_factor(
    app: Flask, admin: FlaskClient, make_user: MakeUser
) -> None:
    ann = make_user(username="ann")
    phone = app.test_client()
    phone.post("/auth/login", data={"username": "ann", "password": PASSWORD})
    ann.has_second_factor = True
    db.session.commit()
    assert "Remove the second factor" in admin.get(f"/admin/users/{ann.id}").text
    admin.post(f"/admin/users/{ann.id}/remove-second-factor")
    db.session.refresh(ann)
    assert not ann.has_second_factor
    admin.post(f"/admin/users/{ann.id}/end-sessions")
    assert phone.get("/auth/profile").status_code == 302
    page = admin.get("/admin/audit?actor=root").text
    assert "user.end_sessions" in page
    assert "127.0.0.1" in page


def test_nobody_changes_the_own_role(admin: FlaskClient) -> None:
    root = db.session.query(User).filter_by(username="root").one()
    answer = admin.post(f"/admin/users/{root.id}", data={"role": "guest", "is_active": "y"})
    assert answer.status_code == 422
    assert "Ask another admin" in answer.text


def test_the_log_is_taken_away_as_csv_and_that_is_logged(admin: FlaskClient) -> None:
    answer = admin.post("/admin/audit.csv", data={"action": "audit.export", "since": "no date"})
    assert answer.mimetype == "text/csv"
    assert "root,audit.export,audit log" in answer.text
    assert admin.get("/admin/audit?until=2020-01-01").text.count("<tr>") == 2


def test_editors_see_neither_accounts_nor_log(
    log_in: Callable[..., FlaskClient], make_user: MakeUser
) -> None:
    client = log_in(make_user(Role.EDITOR))
    for path in ("/admin/users", "/admin/users/1", "/admin/audit"):
        assert client.get(path).status_code == 403
    assert "/admin/audit" not in client.get("/admin/comments").text
