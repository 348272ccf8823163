"""The combinations that the documentation promises: name → overlay and components on top."""

COMBINATIONS: dict[str, tuple[str, list[str]]] = {
    "dev": ("dev", []),
    "dev-cert-manager": ("dev", ["cert-manager"]),
    "staging": ("staging", []),
    "staging-ingress": ("staging", ["ingress", "cert-manager", "acme"]),
    "staging-gateway": ("staging", ["gateway", "cert-manager"]),
    "staging-loadtest": ("staging", ["loadtest"]),
    "staging-monitoring": ("staging", ["monitoring"]),
    "staging-restore": ("staging", ["restore"]),
    "staging-s3": ("staging", ["s3-uploads"]),
    "staging-threads": ("staging", ["autoscaling-threads"]),
    "staging-cnpg": ("staging", ["cnpg"]),
    "staging-pgbouncer": ("staging", ["pgbouncer"]),
    "staging-cnpg-pgbouncer": ("staging", ["cnpg", "pgbouncer"]),
    "production": ("production", []),
    "production-pgbouncer": ("production", ["pgbouncer"]),
    "production-external-secrets": ("production", ["external-secrets"]),
}
