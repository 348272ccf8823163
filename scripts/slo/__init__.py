"""What is made of `deploy/slo.yaml`, the one place where the service levels stand."""
