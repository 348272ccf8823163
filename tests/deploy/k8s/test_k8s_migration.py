"""A release's migration is a job that can be applied again, whatever else has changed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.k8s.manifests import Object, of_kind, render


def job(objects: list[Object]) -> Object:
    (found,) = of_kind(objects, "Job")
    return found


@contextmanager
def changed(path: Path, before: str, after: str) -> Iterator[None]:
    """Change a text in a file for a while."""
    kept = path.read_text()
    assert before in kept
    path.write_text(kept.replace(before, after))
    try:
        yield
    finally:
        path.write_text(kept)


def test_another_release_is_another_job(
    manifests: Path, rendered: Callable[[str], list[Object]]
) -> None:
    overlay = manifests / "overlays/dev"
    first = job(rendered("dev"))["metadata"]["name"]
    assert first.startswith("migrate-")
    with changed(overlay / "kustomization.yaml", "newTag: 0.1.0", "newTag: 0.1.1"):
        assert job(render(overlay))["metadata"]["name"] != first


def test_a_job_that_stands_is_never_changed_by_a_new_secret_or_setting(
    manifests: Path, rendered: Callable[[str], list[Object]]
) -> None:
    overlay = manifests / "overlays/dev"
    first = job(rendered("dev"))
    with changed(
        overlay / "installation/site/settings.env", "SITE_LANGUAGE=en", "SITE_LANGUAGE=zh_Hans_CN"
    ):
        assert job(render(overlay)) == first
    secret = overlay / "installation/secrets/secret_key"
    secret.chmod(0o600)
    with changed(secret, secret.read_text(), "another" * 10):
        again = render(overlay)
    assert job(again) == first
    before, after = (
        next(item for item in of_kind(objects, "Deployment") if item["metadata"]["name"] == "web")
        for objects in (rendered("dev"), again)
    )
    assert before["spec"]["template"] != after["spec"]["template"]  # Its pods are replaced.
