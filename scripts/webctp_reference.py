"""Write the reference of the JSON protocol: two pages, an AsyncAPI document and the JSON Schemas.

    python scripts/webctp_reference.py [--check]

With --check nothing is written, and a file that is out of date is an error.
"""

import sys
from pathlib import Path

import msgspec

from anyvenue.venues.ctp.json.reference.asyncapi import asyncapi_json
from anyvenue.venues.ctp.json.reference.markdown import page
from anyvenue.venues.ctp.json.reference.schemas import bundle

DOCS = Path(__file__).resolve().parents[1] / "docs"


def files() -> dict[Path, bytes]:
    """Return what the files should hold."""
    return {
        DOCS / "reference/webctp.md": page("en").encode(),
        DOCS / "reference/webctp_zh.md": page("zh").encode(),
        DOCS / "assets/webctp/asyncapi.json": asyncapi_json(),
        DOCS / "assets/webctp/schemas.json": msgspec.json.encode(bundle()) + b"\n",
    }


def main(check: bool) -> int:
    """Write the files, or tell which are out of date."""
    old = [
        path for path, data in files().items() if not path.is_file() or path.read_bytes() != data
    ]
    for path in old:
        if check:
            print(f"{path.relative_to(DOCS.parent)} is out of date: run {Path(__file__).name}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files()[path])
            print(f"written: {path.relative_to(DOCS.parent)}")
    return 1 if check and old else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
