"""How fast Pincite serves, beside a plain app over the same passages: ``python -m eval.benchmarks FOLDER``."""
