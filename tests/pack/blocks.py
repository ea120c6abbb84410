"""Runs the `run:` blocks of a rendered repository's workflows: their syntax, then what they decide.

In: the repository's folder, and `starter` or `filled-in`, which says whether TODO markers are at home in
it; or `release`, for the workflows of a release, of which the syntax is judged, and what is made of a tag. The blocks run in a git repository in a temporary folder, with an index of packages that is a folder
too. It fails with an assertion that says what is wrong.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import yaml

FORGED = ["0.1.6; id", "$(id)", "0.1.6\nRUNTIME_VERSION=6.6.6", "latest", "../0.1.6", "-1", "0.1.6 0.1.7", "1.0+local"]
GENUINE = ["0.1.6", "0.1.6.dev1", "2!1.0rc1", "1.0.post3"]


def blocks(folder: Path) -> dict[tuple[str, str], str]:
    """Every `run:` block, by workflow and step."""
    found = {}
    for path in sorted((folder / ".github/workflows").glob("*.yml")):
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            for step in job.get("steps", []):
                if "run" in step:
                    found[path.name, step["name"]] = step["run"]
    return found


class Repository:
    """A committed copy of the rendered repository, and the environment of a runner around it."""

    def __init__(self, source: Path, scratch: Path) -> None:
        self.root = scratch / "repository"
        self.scratch = scratch
        shutil.copytree(source, self.root, ignore=shutil.ignore_patterns(".git"))
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.root, check=True, env=self.environment({}))

    def commit(self) -> None:
        self.git("add", "--all", "--force")
        self.git("-c", "user.name=test", "-c", "user.email=test@example.invalid", "commit", "--quiet", "-m", "test")

    def environment(self, extra: dict[str, str]) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.scratch),
            "GIT_CONFIG_NOSYSTEM": "1",
            "RUNNER_TEMP": str(self.scratch),
            "GITHUB_OUTPUT": str(self.scratch / "output"),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.scratch / "index"),
        } | extra

    def run(self, block: str, **extra: str) -> tuple[int, str, str]:
        """As a runner does: `bash -e`. Status, what was said, and what was handed on."""
        output = self.scratch / "output"
        output.write_text("")
        done = subprocess.run(
            ["bash", "-e", "-c", block],
            cwd=self.root, env=self.environment(extra), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        return done.returncode, done.stdout, output.read_text()


def wheel(index: Path, version: str) -> None:
    index.mkdir(exist_ok=True)
    info = f"molecule_ai_workspace_runtime-{version}.dist-info"
    with zipfile.ZipFile(index / f"molecule_ai_workspace_runtime-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: molecule_ai.workspace-runtime\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def syntax(found: dict[tuple[str, str], str]) -> None:
    for where, block in found.items():
        for shell in (["sh", "-n"], ["bash", "-n"]):
            done = subprocess.run(shell, input=block, text=True, capture_output=True)
            assert done.returncode == 0, f"{where}: {done.stderr}"
        assert "${{" not in block, f"{where}: an expression inside a script runs whatever its value holds"


def publishing(found, repository: Repository, starter: bool) -> None:
    branch = found["publish-image.yml", "Refuse any branch but the default one"]
    assert repository.run(branch, GITHUB_REF="refs/heads/trunk", DEFAULT_BRANCH="trunk")[0] == 0
    assert repository.run(branch, GITHUB_REF="refs/heads/try", DEFAULT_BRANCH="main")[0] == 1

    markers = found["publish-image.yml", "Refuse while a TODO marker stands"]
    status, said, _ = repository.run(markers)
    if starter:
        assert status == 1 and "::error file=adapter.py,line=" in said, said
    else:
        assert status == 0 and "::error" not in said, said
    assert ".github/" not in said, "a workflow that names the marker stops itself"

    jobs = yaml.safe_load((repository.root / ".github/workflows/publish-image.yml").read_text(encoding="utf-8"))["jobs"]
    assert (jobs["publish"]["needs"], jobs["version"]["needs"]) == ("version", "ready"), "it publishes regardless"
    assert all("if" not in job for job in jobs.values()), "a condition may run a job whose needs have failed"


def version(found, repository: Repository) -> None:
    block = found["publish-image.yml", "Find the version to build with"]
    settings = {"DISTRIBUTION": "molecule-ai-workspace-runtime", "GITHUB_EVENT_NAME": "repository_dispatch"}
    for genuine in GENUINE:
        status, said, handed = repository.run(block, **settings, RELEASED=genuine, ASKED_FOR="")
        assert (status, handed) == (0, f"runtime_version={genuine}\n"), f"{genuine}: {said}"
    for forged in FORGED:
        status, said, handed = repository.run(block, **settings, RELEASED=forged, ASKED_FOR="")
        assert (status, handed) == (1, ""), f"{forged!r} was taken for a version: {said}"
        assert forged not in said, "what was refused is repeated in the log"

    for released in ("0.1.5", "0.1.9", "0.1.10"):
        wheel(repository.scratch / "index", released)
    # A release that names no version is not answered with whatever is newest.
    assert repository.run(block, **settings, RELEASED="", ASKED_FOR="")[::2] == (1, "")

    settings["GITHUB_EVENT_NAME"] = "push"
    assert repository.run(block, **settings, RELEASED="", ASKED_FOR="0.1.5")[2] == "runtime_version=0.1.5\n"
    requirements = repository.root / "requirements.txt"
    for wanted, expected in (
        ("molecule-ai-workspace-runtime>=0.1.0", "0.1.10"),
        ("Molecule_AI.workspace_runtime>=0.1.0,<0.1.10", "0.1.9"),
    ):
        requirements.write_text(wanted + "\n")
        status, said, handed = repository.run(block, **settings, RELEASED="", ASKED_FOR="")
        assert (status, handed) == (0, f"runtime_version={expected}\n"), said
    for broken in ("", "molecule-ai-workspace-runtime>=9\n"):
        requirements.write_text(broken)
        status, said, handed = repository.run(block, **settings, RELEASED="", ASKED_FOR="")
        assert status != 0 and handed == "", f"{broken!r}: {said}"


def secrets(found, repository: Repository) -> None:
    block = found["secret-scan.yml", "Compare every file with the shapes of known tokens"]
    status, said, _ = repository.run(block)
    assert status == 0, f"the pack itself looks like a credential: {said}"
    # Put together here, so that this file holds nothing in the shape of a credential either.
    for planted in (
        "gh" + "p_" + "a" * 36,
        "sk-" + "ant-" + "a" * 40,
        "AK" + "IA" + "A" * 16,
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "-----BEGIN " + "PRIVATE KEY-----",
    ):
        (repository.root / "notes.md").write_text(f"first\ntoken: {planted}\n")
        repository.git("add", "notes.md")
        status, said, _ = repository.run(block)
        assert status == 1 and "file=notes.md,line=2" in said, f"{planted} was not found: {said}"
        assert planted not in said, "the log repeats the credential"
    repository.git("rm", "--quiet", "--force", "notes.md")


def reserving(folder: Path, found) -> None:
    """The version is what the tag says, wherever that comes from; without a tag there is none."""
    block = found["publish-runtime.yml", "Make the tag, or take the one that was pushed"]
    with tempfile.TemporaryDirectory() as scratch:
        repository = Repository(folder, Path(scratch))
        program = Path(scratch) / "tool/shipshape"
        program.parent.mkdir()
        program.write_text('#!/bin/sh\nprintf "%s\\n" "$*" >> "$RUNNER_TEMP/asked"\nprintf "%s" "$SAYS"\n')
        program.chmod(0o755)
        asked = Path(scratch) / "asked"
        asked.write_text("")
        settings = {"FLEET": "fleet.yaml", "BEFORE": "runtime-v", "BEHIND": "", "GITHUB_SHA": "c0ffee"}
        by_tag = {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "runtime-v0.1.6rc1", "ASKED_FOR": "9"}
        handed = repository.run(block, **settings, **by_tag, SAYS="")[2]
        assert (handed, asked.read_text()) == ("tag=runtime-v0.1.6rc1\nversion=0.1.6rc1\n", ""), handed
        by_branch = {"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main"}
        handed = repository.run(block, **settings, **by_branch, ASKED_FOR="", SAYS="runtime-v0.2.0")[2]
        assert handed == "tag=runtime-v0.2.0\nversion=0.2.0\n", handed
        handed = repository.run(block, **settings, **by_branch, ASKED_FOR="", SAYS="")[2]
        assert handed == "tag=\nversion=\n", handed
        repository.run(block, **settings, **by_branch, ASKED_FOR="--force", SAYS="")
        assert asked.read_text().splitlines()[-1].endswith("--version=--force"), "an option was smuggled in"


def main(folder: Path, kind: str) -> None:
    found = blocks(folder)
    syntax(found)
    if kind == "release":
        if ("publish-runtime.yml", "Make the tag, or take the one that was pushed") in found:
            reserving(folder, found)
        return
    starter = kind == "starter"
    with tempfile.TemporaryDirectory() as scratch:
        repository = Repository(folder, Path(scratch))
        publishing(found, repository, starter)
        secrets(found, repository)
        version(found, repository)


main(Path(sys.argv[1]).resolve(), sys.argv[2])
