"""The combinations that the documentation promises: name → overlay and components on top.

A component with a minus before its name is taken out of the overlay's own.
"""

import os
import shutil
import subprocess
from pathlib import Path

import yaml

from app.settings import ROOT
from scripts.k8s.manifests import Object, render

HOST = "blog.example.org"

COMBINATIONS: dict[str, tuple[str, list[str]]] = {
    "dev": ("dev", []),
    "dev-cert-manager": ("dev", ["cert-manager"]),
    "dev-s3": ("dev", ["s3-uploads"]),
    "dev-waf": ("dev", ["waf"]),
    "staging": ("staging", []),
    "staging-ingress": ("staging", ["ingress", "cert-manager", "acme"]),
    "staging-gateway": ("staging", ["gateway", "cert-manager"]),
    "staging-loadtest": ("staging", ["loadtest"]),
    "staging-monitoring": (
        "staging",
        ["monitoring", "monitoring-postgres", "monitoring-redis", "loadtest"],
    ),
    "staging-proxy-protocol": ("staging", ["proxy-protocol"]),
    "staging-restore": ("staging", ["restore"]),
    "staging-s3": ("staging", ["s3-uploads", "archive-bucket"]),
    "staging-threads": ("staging", ["autoscaling-threads"]),
    "staging-cnpg": ("staging", ["cnpg"]),
    "staging-pgbouncer": ("staging", ["pgbouncer"]),
    "staging-cnpg-pgbouncer": ("staging", ["cnpg", "pgbouncer"]),
    "staging-cnpg-monitoring": ("staging", ["cnpg", "monitoring", "monitoring-redis"]),
    "staging-waf-monitoring": ("staging", ["waf", "monitoring"]),
    "production": ("production", []),
    "production-pgbouncer": ("production", ["pgbouncer"]),
    "production-external-secrets": ("production", ["external-secrets"]),
    "production-monitoring": ("production", ["monitoring", "autoscaling-threads"]),
    "production-cnpg": ("production", ["-external-data", "cnpg"]),
    "production-all": (
        "production",
        [
            "gateway",
            "proxy-protocol",
            "cert-manager",
            "external-secrets",
            "monitoring",
            "autoscaling-threads",
            "s3-uploads",
            "waf",
        ],
    ),
}


def prepare(folder: Path) -> Path:
    """Copy the manifests into a folder, with secrets, certificates and site of their own."""
    manifests = folder / "k8s"
    ignored = shutil.ignore_patterns("installation")
    shutil.copytree(ROOT / "deploy/k8s", manifests, ignore=ignored)
    shutil.copytree(ROOT / "deploy/monitoring", folder / "monitoring")
    environment = {"PATH": os.environ["PATH"], "SITE_HOST": HOST, "ENV_FILE": "/nonexistent"}
    for overlay in (manifests / "overlays").iterdir():
        command = [str(ROOT / "scripts/k8s-site"), str(overlay)]
        subprocess.run(command, check=True, capture_output=True, env=environment)  # noqa: S603
    return manifests


def combine(manifests: Path, name: str) -> list[Object]:
    """Render one of the combinations in a prepared copy of the manifests."""
    overlay, components = COMBINATIONS[name]
    folder = manifests / "overlays" / name
    if components:
        shutil.copytree(manifests / "overlays" / overlay, folder)
        path = folder / "kustomization.yaml"
        kustomization = yaml.safe_load(path.read_text(encoding="utf-8"))
        given = kustomization["components"]
        for component in components:
            line = f"../../components/{component.removeprefix('-')}"
            if component.startswith("-"):
                given.remove(line)
            else:
                given.append(line)
        path.write_text(yaml.safe_dump(kustomization), encoding="utf-8")
    return render(folder)
