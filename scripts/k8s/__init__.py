"""Reads the rendered Kubernetes manifests, for the tests, the documentation and the budget."""
