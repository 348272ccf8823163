"""Checks a deployment of the bundle and says what to do; run by `scripts/doctor`.

One module for each concern. Needs nothing but Python, openssl, curl and the engine. What runs is
asked itself; a file that says so is not enough.
"""
