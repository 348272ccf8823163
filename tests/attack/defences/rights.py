"""Defences of what is not everybody's."""

from app import db
from app.access import PUBLIC, ROUTES
from app.auth import TokenService
from app.models import User
from app.services import media, people, publishing, uploads
from app.services.errors import DomainError
from app.services.reading import articles
from tests.attack.defences.scene import Row, Scene, picture, without


def read_the_users(scene: Scene) -> bool:
    return scene.sign_in(scene.bob).get("/admin/users").status_code == 200


def edit_anothers_article(scene: Scene) -> bool:
    post = scene.post()
    try:
        publishing.update_post(post_id=post.id, editor=scene.bob, title="Mine")
    except DomainError:
        return False
    return True


def read_anothers_draft(scene: Scene) -> bool:
    path = scene.post(is_published=False).path
    return scene.sign_in(scene.bob).get(path).status_code == 200


def describe_anothers_file(scene: Scene) -> bool:
    file = uploads.store_image(data=picture(), filename="a.png", owner_id=scene.ann.id)
    row = uploads.find_by_path(file.path)
    assert row
    answer = scene.sign_in(scene.bob).post(f"/desk/media/{row.id}", data={"alt": "x"})
    return answer.status_code == 302


def read_an_address(scene: Scene) -> bool:
    bearer = {"Authorization": f"Bearer {TokenService.generate_access_token(scene.bob.id)}"}
    answer = scene.app.test_client().get(f"/api/v1/users/{scene.ann.id}", headers=bearer)
    return "ann@example.org" in answer.text


def use_rights_of_an_unconfirmed_address(scene: Scene) -> bool:
    scene.app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    return scene.sign_in(scene.bob).get("/desk/").status_code == 200


DEFENCES = {
    "table of rights": Row(
        read_the_users, lambda scene: scene.patch.setitem(ROUTES, "admin.users", PUBLIC)
    ),
    "rights to an article": Row(
        edit_anothers_article, without(publishing, "may_edit", lambda *_: True)
    ),
    "drafts are hidden": Row(read_anothers_draft, without(articles, "may_read", lambda *_: True)),
    "rights to a file": Row(
        describe_anothers_file,
        without(
            media, "own_file", lambda upload_id, user: db.session.get(uploads.Upload, upload_id)
        ),
    ),
    "private fields": Row(read_an_address, without(people, "sees_private", lambda *_: True)),
    "confirmed addresses": Row(
        use_rights_of_an_unconfirmed_address, without(User, "is_verified", True)
    ),
}
