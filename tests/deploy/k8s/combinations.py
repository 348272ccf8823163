"""The combinations that the documentation promises: name → overlay and components on top."""

COMBINATIONS: dict[str, tuple[str, list[str]]] = {
    "dev": ("dev", []),
    "staging": ("staging", []),
    "production": ("production", []),
}
