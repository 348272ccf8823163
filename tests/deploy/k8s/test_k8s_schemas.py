"""Whatever is applied has the form that the four newest releases of Kubernetes accept."""

from collections.abc import Callable

import kubernetes_validate
import pytest

from scripts.k8s.combinations import COMBINATIONS
from scripts.k8s.manifests import Object

VERSIONS = ("1.34", "1.35", "1.36", "1.37")
# Objects of other projects, which bring their own schemas into a cluster.
OTHERS = {
    "cert-manager.io",
    "external-secrets.io",
    "gateway.networking.k8s.io",
    "monitoring.coreos.com",
    "postgresql.cnpg.io",
}


@pytest.fixture(scope="module")
def own(rendered: Callable[[str], list[Object]]) -> list[Object]:
    """Give every different object of Kubernetes' own kinds, of all combinations."""
    distinct = {str(item): item for name in COMBINATIONS for item in rendered(name)}
    return [
        item for item in distinct.values() if item["apiVersion"].partition("/")[0] not in OTHERS
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_has_a_valid_form(own: list[Object], version: str) -> None:
    assert len(own) > 40
    for item in own:
        kubernetes_validate.validate(item, version, strict=True)


def test_an_unknown_field_is_refused(own: list[Object]) -> None:
    wrong = {**own[0], "surprise": True}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)
