"""Defences of sessions."""

from app.services import sessions
from tests.attack.defences.scene import NEW, Row, Scene, ends_nothing, is_in, without
from tests.conftest import PASSWORD


def use_a_cookie_after_logout(scene: Scene) -> bool:
    browser = scene.sign_in(scene.ann)
    thief = scene.copy(browser, "session")
    browser.post("/auth/logout")
    return is_in(thief)


def use_a_cookie_after_a_new_password(scene: Scene) -> bool:
    browser = scene.sign_in(scene.ann)
    thief = scene.copy(browser, "session")
    form = {"old_password": PASSWORD, "new_password": NEW, "confirm_password": NEW}
    browser.post("/auth/password", data=form)
    return is_in(thief)


def keep_a_planted_session(scene: Scene) -> bool:
    planted = scene.sign_in(scene.bob)
    victim = scene.copy(planted, "session")
    victim.post("/auth/login", data={"username": "ann", "password": PASSWORD})
    return is_in(planted)


DEFENCES = {
    "logout ends the session": Row(
        use_a_cookie_after_logout, without(sessions, "end_one", ends_nothing)
    ),
    "a new password ends sessions": Row(
        use_a_cookie_after_a_new_password,
        lambda scene: (
            scene.patch.setattr(sessions, "end_all", ends_nothing),
            scene.patch.setattr(sessions, "end_one", ends_nothing),
        ),
    ),
    "a login ends what was before": Row(
        keep_a_planted_session,
        lambda scene: scene.patch.setattr("app.auth.entry.end_recorded_session", ends_nothing),
    ),
}
