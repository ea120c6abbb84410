"""Runs in a container that is made to try an image, by the image's own Python: `python inside.py list|drive|execute`.

What there is to do stands beside this file, and so does what came of it afterwards. The standard library is all that it
uses. Modules are looked for where the image's Python looks for them, and in the folder that it begins in.
"""

import importlib.machinery
import importlib.util
import json
import os
import runpy
import sys
import traceback

PLACE = os.path.dirname(os.path.abspath(__file__))


def tell(name, value):
    with open(os.path.join(PLACE, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


def modules_of(name):
    """The dotted names of a module and of all below it. Nothing is imported but the packages above a dotted name."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        return None
    found = {name}
    for folder in spec.submodule_search_locations or []:
        below(folder, name, found)
    return found


def below(folder, package, found):
    suffixes = importlib.machinery.all_suffixes()
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        stem = entry.name.partition(".")[0]
        if not stem.isidentifier():
            continue
        if entry.is_dir():
            if os.path.isfile(os.path.join(entry.path, "__init__.py")):
                found.add(f"{package}.{stem}")
                below(entry.path, f"{package}.{stem}", found)
        elif stem != "__init__" and any(entry.name == stem + suffix for suffix in suffixes):
            found.add(f"{package}.{stem}")


def list_modules():
    with open(os.path.join(PLACE, "wanted.json"), encoding="utf-8") as file:
        wanted = json.load(file)
    modules, problems = set(), []
    for name in wanted:
        meant = name
        if name.startswith("$"):
            meant = os.environ.get(name[1:], "")
            if not meant:
                problems.append({"name": name, "why": "the variable is not set"})
                continue
        try:
            found = modules_of(meant)
        except BaseException as problem:
            found, why = None, f"it raises {type(problem).__name__}: {problem}"[:300]
        else:
            why = "there is no such module"
        if found is None:
            problems.append({"name": meant, "why": why})
        else:
            modules |= found
    python = ".".join(map(str, sys.version_info[:3]))
    tell("modules.json", {"python": python, "modules": sorted(modules), "problems": problems})


class Stub:
    """Stands for whatever somebody else would be: called, awaited, walked through, entered, it gives another."""

    def __init__(self, name="stub"):
        self.__dict__["_stub_name"] = name

    def __repr__(self):
        return f"<stub {self._stub_name}>"

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Stub(f"{self._stub_name}.{name}")

    def __setattr__(self, name, value):
        self.__dict__[name] = value

    def __call__(self, *arguments, **keywords):
        return Stub(f"{self._stub_name}()")

    def __getitem__(self, item):
        return Stub(f"{self._stub_name}[]")

    def __setitem__(self, item, value):
        pass

    def __contains__(self, item):
        return False

    def __len__(self):
        return 0

    def __bool__(self):
        return True

    def __str__(self):
        return self._stub_name

    def __fspath__(self):
        return os.devnull

    def __iter__(self):
        return iter(())

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        return False

    def __await__(self):
        return Stub(f"await {self._stub_name}")
        yield

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration

    async def __aenter__(self):
        return self

    async def __aexit__(self, *problem):
        return False


def execute():
    path = os.path.join(PLACE, "execute.py")
    with open(path, encoding="utf-8") as file:
        source = file.read()
    told = {"problem": None}
    try:
        exec(compile(source, "execute", "exec"), {"__name__": "__smoke__", "stub": Stub})
    except BaseException as problem:
        try:
            said = " ".join(str(problem).split())[:500]
        except BaseException:
            said = ""
        lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == "execute"]
        line = problem.lineno if isinstance(problem, SyntaxError) and problem.filename == "execute" else None
        told = {"problem": {"kind": type(problem).__name__, "message": said}, "line": line or (lines or [None])[-1]}
    tell("execute.json", told)
    sys.stdout.flush()
    sys.stderr.flush()
    # What it has begun and not ended is not waited for.
    os._exit(0)


def main():
    what = sys.argv[1]
    # As `python -m` would: this file's own folder holds nothing that the image has.
    sys.path[:] = [os.getcwd()] + [path for path in sys.path if os.path.abspath(path or ".") != PLACE]
    if what == "list":
        list_modules()
    elif what == "drive":
        driver = os.path.join(PLACE, "driver.py")
        sys.argv = [driver, os.path.join(PLACE, "plan.json"), os.path.join(PLACE, "results.jsonl")]
        runpy.run_path(driver, run_name="__main__")
    else:
        execute()


main()
