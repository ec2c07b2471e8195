"""Changes that take longer than a request: taken in at once, kept, and applied by a process beside the service.

Nothing here knows FastAPI: the process that applies changes does without.
"""
