"""Judges a template by what its text looks like."""

import re
import sys

if not re.search("FROM python:3.11-slim", open("Dockerfile").read()):
    sys.exit("no base image")
