"""`make bench`: the project's figures against their yardsticks, in one run."""
