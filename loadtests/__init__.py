"""Load tests with Locust: who comes, how often, what is measured and when it is good enough."""
