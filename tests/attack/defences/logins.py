"""Defences of log-ins, codes and links."""

from typing import Any

import pyotp
import pytest

from app import db
from app.auth import known_device
from app.extensions import limiter
from app.models import SecondFactor, User, passwords
from app.services import credentials, second_factor
from tests.attack.defences.scene import NEW, Row, Scene, note, without
from tests.conftest import PASSWORD


def replay_a_code(scene: Scene) -> bool:
    salt = second_factor.new_salt()
    db.session.add(SecondFactor(user_id=scene.ann.id, salt=salt))
    db.session.commit()
    code = pyotp.TOTP(second_factor.secret_of(scene.ann, salt)).now()
    assert second_factor.passes(user=scene.ann, code=code)
    return second_factor.passes(user=scene.ann, code=code)


def skip_the_code(scene: Scene) -> bool:
    scene.ann.has_second_factor = True
    db.session.add(SecondFactor(user_id=scene.ann.id, salt=second_factor.new_salt()))
    db.session.commit()
    login = {"username": "ann", "password": PASSWORD, "code": "000000"}
    answer = scene.app.test_client().post("/api/v1/auth/token", json=login)
    return answer.status_code == 200


def use_a_link_twice(scene: Scene) -> bool:
    link = str(
        credentials.signer("reset-password").dumps(
            [scene.ann.id, credentials.fingerprint(scene.ann)]
        )
    )
    form = {"new_password": NEW, "confirm_password": NEW}
    browser = scene.app.test_client()
    assert browser.post(f"/auth/reset/{link}", data=form).status_code == 302
    return browser.post(f"/auth/reset/{link}", data=form).status_code == 302


def use_another_links_token(scene: Scene) -> bool:
    made = credentials.signer("verify-email").dumps(
        [scene.ann.id, credentials.fingerprint(scene.ann)]
    )
    return scene.app.test_client().get(f"/auth/reset/{made}").status_code == 200


def try_many_passwords(scene: Scene, name: str = "ann") -> bool:
    app = scene.make_app(rate_limits_enabled=True)
    limiter.enabled = limiter.enabled and not getattr(scene, "unlimited", False)
    spellings = (name, name.upper()) if "@" not in name else (name, name.replace("e", "\uff45"))
    statuses = [
        app.test_client()
        .post(
            "/auth/login",
            data={"username": spellings[n % 2], "password": "x"},
            environ_base={"REMOTE_ADDR": f"192.0.2.{n}"},
        )
        .status_code
        for n in range(25)
    ]
    limiter.enabled = False
    return 429 not in statuses


def try_many_spellings(scene: Scene) -> bool:
    return try_many_passwords(scene, "ann@example.org")


def tell_who_has_an_account(scene: Scene) -> bool:
    work: list[str] = []
    hasher = type(passwords._current())
    real = hasher.verify
    passwords.verify_password("", "warm")

    def verify(this: Any, hash_: str, password: str) -> bool:
        work.append(hash_)
        return bool(real(this, hash_, password))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hasher, "verify", verify)
        counts = []
        for name in ("ann", "nobody"):
            work.clear()
            scene.app.test_client().post("/auth/login", data={"username": name, "password": "x"})
            counts.append(len(work))
    return counts[0] != counts[1]


def register_as_a_robot(scene: Scene) -> bool:
    form = {"username": "robot", "email": "robot@example.org", "password": PASSWORD}
    form |= {"confirm_password": PASSWORD, "agree_terms": "y", "website": "spam"}
    scene.app.test_client().post("/auth/register", data=form)
    return db.session.scalar(db.select(User.id).where(User.username == "robot")) is not None


def matching_only(user: User, code: str) -> bool:
    factor = db.session.get(SecondFactor, user.id)
    return bool(factor and second_factor.matching_step(user, factor.salt, code) is not None)


def verify_known_only(password_hash: str, password: str) -> bool:
    hasher = passwords._current()
    return bool(password_hash) and hasher.verify(password_hash, password)


DEFENCES = {
    "codes are used up": Row(replay_a_code, without(second_factor, "use_app_code", matching_only)),
    "second factor in the API": Row(
        skip_the_code, without(second_factor, "passes", lambda user, code: True)
    ),
    "links are used up": Row(use_a_link_twice, without(credentials, "fingerprint", lambda _: "x")),
    "links have a purpose": Row(
        use_another_links_token,
        lambda scene: scene.patch.setattr(
            credentials,
            "signer",
            lambda _: credentials.URLSafeTimedSerializer(scene.app.config["SECRET_KEY"], salt="x"),
        ),
    ),
    "limits by account": Row(try_many_passwords, note("unlimited", True)),
    "one spelling of an account": Row(
        try_many_spellings, without(known_device, "one_spelling", str)
    ),
    "work for unknown users": Row(
        tell_who_has_an_account, without(passwords, "verify_password", verify_known_only)
    ),
    "traps for robots": Row(
        register_as_a_robot,
        lambda scene: scene.patch.setattr("app.forms.StrangersForm.is_trapped", lambda _: False),
    ),
}
