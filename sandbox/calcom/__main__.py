"""A stand-in for Cal.com API v2, alone: python -m sandbox.calcom --port 8787 --example"""

import argparse
from pathlib import Path

from sandbox.calcom.alone import serve_alone


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.calcom",
        description=__doc__,
        epilog="Tenants, faults and the clock are ordered at /sandbox/...: docs/calcom-sandbox.md.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--data-dir", type=Path, help="keep bookings there; default: in memory")
    parser.add_argument("--example", action="store_true", help="with a tenant to try things with")
    given = parser.parse_args()
    serve_alone(
        host=given.host, port=given.port, data_dir=given.data_dir, with_example=given.example
    )


if __name__ == "__main__":
    main()
