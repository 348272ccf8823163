"""What admins change of the site holds in every process, over the environment's values."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models import AuditEntry, OutboxMessage, Role, SiteSetting, User
from app.models.base import utc_now
from app.ops import background
from app.services import accounts, invitations, mail, site, site_settings
from app.services.errors import Forbidden, Invalid, NotFound

MakeUser = Callable[..., User]
PASSWORD = "Correct-Horse-7"


@pytest.fixture
def admin(make_user: MakeUser) -> User:
    return make_user(Role.ADMIN, username="root", email_verified_at=utc_now())


def test_a_new_title_and_zone_are_on_every_page(
    app: Flask, client: FlaskClient, admin: User
) -> None:
    before = site.version()
    site_settings.change(actor=admin, site_name="The Daily", time_zone="Asia/Shanghai")
    assert "The Daily" in client.get("/").text
    assert app.config["TIME_ZONE"] == "Asia/Shanghai"
    assert site.version() != before
    entry = db.session.query(AuditEntry).one()
    assert entry.details == {"site_name": "The Daily", "time_zone": "Asia/Shanghai"}


def test_another_process_takes_it_over_at_its_next_turn(app: Flask, admin: User) -> None:
    site_settings.refresh()
    db.session.add(SiteSetting(name="site_name", value="Stored"))
    db.session.add(SiteSetting(name="unknown", value="x"))
    db.session.commit()
    before = site.version()
    background.tick(app)
    assert app.config["SITE_NAME"] == "Stored"
    assert site.version() != before
    assert not site_settings.refresh()


def test_what_equals_the_environment_follows_it_again(app: Flask, admin: User) -> None:
    default = app.config["SITE_NAME"]
    site_settings.change(actor=admin, site_name="Other")
    assert db.session.query(SiteSetting).count() == 1
    site_settings.change(actor=admin, site_name=default)
    assert db.session.query(SiteSetting).count() == 0
    assert app.config["SITE_NAME"] == default


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("site_name", ""),
        ("site_name", "x" * 61),
        ("time_zone", "Mars/Base"),
        ("time_zone", ""),
        ("site_language", "fr"),
        ("registration", "maybe"),
    ],
)
def test_nonsense_is_refused(app: Flask, admin: User, name: str, value: str) -> None:
    with pytest.raises(Invalid) as caught:
        site_settings.change(actor=admin, **{name: value})
    assert set(caught.value.fields) == {name}
    assert db.session.query(SiteSetting).count() == 0


def test_only_admins_change_settings(app: Flask, make_user: MakeUser) -> None:
    with pytest.raises(Forbidden):
        site_settings.change(actor=make_user(Role.EDITOR), site_name="Mine")


def test_whoever_is_invited_registers_where_others_cannot(
    app: Flask, client: FlaskClient, admin: User
) -> None:
    app.config["REGISTRATION"] = "invitation"
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    assert "closed" in client.get("/auth/register").text
    invitations.invite(email="Ann@example.org", actor=admin)
    link = newest_mail()["text"].partition("/auth/register?invitation=")[2].split()[0]
    assert 'value="ann@example.org"' in client.get(f"/auth/register?invitation={link}").text
    with pytest.raises(Forbidden):
        accounts.register(username="eve", email="eve@example.org", password=PASSWORD)
    with pytest.raises(Invalid):
        accounts.register(
            username="eve", email="eve@example.org", password=PASSWORD, invitation=link
        )
    with pytest.raises(NotFound):
        accounts.register(
            username="eve", email="eve@example.org", password=PASSWORD, invitation="x"
        )
    form = {
        "username": "ann",
        "email": "ann@example.org",
        "password": PASSWORD,
        "confirm_password": PASSWORD,
        "agree_terms": "y",
    }
    answer = client.post(f"/auth/register?invitation={link}", data=form)
    assert answer.status_code == 302
    assert db.session.query(User).filter_by(username="ann").one().email_verified_at
    assert client.post(f"/auth/register?invitation={link}", data=form).status_code == 200


def newest_mail() -> dict[str, str]:
    """Return the mail that was queued last."""
    rows = db.session.query(OutboxMessage).filter_by(kind=mail.KIND)
    payload: dict[str, str] = rows.order_by(OutboxMessage.id.desc()).first().payload
    return payload
