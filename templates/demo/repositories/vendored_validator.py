#!/usr/bin/env python3
"""The checks of last year, copied here before there was a shared workflow."""

import pathlib
import re
import sys


def main() -> int:
    dockerfile = pathlib.Path("Dockerfile").read_text(encoding="utf-8")
    wanted = [r"FROM python:3\.11", r"useradd", r"molecule-runtime"]
    missing = [pattern for pattern in wanted if not re.search(pattern, dockerfile)]
    for pattern in missing:
        print(f"Dockerfile: nothing looks like {pattern}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
