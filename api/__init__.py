"""HTTP over ``qa`` and ``index``. The only room that knows FastAPI; nothing imports it but the command line."""
