"""Checkov finds nothing in the manifests that has no written reason."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import yaml

from scripts.k8s.combinations import COMBINATIONS
from scripts.k8s.manifests import Object, named
from tests.deploy.scan import scan


def test_nothing_is_found_in_any_combination(
    rendered: Callable[[str], list[Object]], tmp_path: Path
) -> None:
    distinct = {str(item): item for name in COMBINATIONS for item in rendered(name)}
    (tmp_path / "all.yaml").write_text(yaml.safe_dump_all(distinct.values()))
    assert scan("kubernetes", str(tmp_path / "all.yaml")) == []


def test_a_pod_that_may_climb_is_found(
    rendered: Callable[[str], list[Object]], tmp_path: Path
) -> None:
    web = deepcopy(named(rendered("dev"), "Deployment", "web"))
    container = web["spec"]["template"]["spec"]["containers"][0]
    container["securityContext"]["allowPrivilegeEscalation"] = True
    (tmp_path / "web.yaml").write_text(yaml.safe_dump(web))
    assert any("CKV_K8S_20" in found for found in scan("kubernetes", str(tmp_path / "web.yaml")))
