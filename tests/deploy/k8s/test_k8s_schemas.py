"""Whatever is applied has the form that the four newest releases of Kubernetes accept."""

import kubernetes_validate
import pytest

from scripts.k8s.manifests import Object

VERSIONS = ("1.34", "1.35", "1.36", "1.37")
# Objects of other projects, which bring their own schemas into a cluster.
OTHERS: set[str] = set()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_has_a_valid_form(objects: list[Object], version: str) -> None:
    own = [item for item in objects if item["apiVersion"].partition("/")[0] not in OTHERS]
    assert len(own) > 20
    for item in own:
        kubernetes_validate.validate(item, version, strict=True)


def test_an_unknown_field_is_refused(objects: list[Object]) -> None:
    wrong = {**objects[0], "surprise": True}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)
