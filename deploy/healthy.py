"""Ask the service in this container whether it is ready; the exit code is the answer. Nothing but Python is needed."""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException


def main() -> int:
    """Return 0 if it is ready, else 1, and say why."""
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PINCITE_PORT", "8000")), timeout=2)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        print(response.status, response.read(300).decode(errors="replace"))
    except (OSError, HTTPException) as error:
        print(f"no answer: {error}")
        return 1
    return 0 if response.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
