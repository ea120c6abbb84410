"""Imports every module of an installed package, each in a process of its own, and tells what happened.

Run by the Python of a fresh environment, under `tether.py`: `python -I driver.py plan.json results.jsonl`.
The standard library is all that it uses. What a module prints is kept apart from what is told.
"""

import ast
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback

STUBBED = set()
RESULTS = None

# A module may replace what it likes in its process; what is told of it does not depend on that.
DUMPS = json.JSONEncoder().encode
WRITE = os.write
LEAVE = os._exit

# Where the watcher is told of process groups, which it kills when whoever asked for all this is gone.
TETHER = int(os.environ.pop("SHIPSHAPE_TETHER")) if "SHIPSHAPE_TETHER" in os.environ else None


def tell_watcher(sign, group):
    if TETHER is not None:
        os.write(TETHER, f"{sign}{group}\n".encode())


class StubMeta(__import__("abc").ABCMeta):
    def __getattr__(cls, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return stub(name)

    def __getitem__(cls, item):
        return cls

    def __or__(cls, other):
        return cls

    __ror__ = __or__

    def __iter__(cls):
        return iter(())


class Stub(metaclass=StubMeta):
    """Stands for anything: a class, a decorator, a constant."""

    def __init__(self, *arguments, **keywords):
        pass

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__()

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Stub()

    def __call__(self, *arguments, **keywords):
        # A decorator leaves what it decorates as it was.
        if len(arguments) == 1 and not keywords and callable(arguments[0]):
            return arguments[0]
        return Stub()

    def __getitem__(self, item):
        return Stub()

    def __setitem__(self, item, value):
        pass

    def __iter__(self):
        return iter(())

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        return False

    def __or__(self, other):
        return Stub()

    __ror__ = __or__

    def __fspath__(self):
        return os.devnull


def stub(name):
    base = (Exception,) if name.endswith(("Error", "Exception")) else (Stub,)
    kind = type if base == (Exception,) else StubMeta
    return kind(name, base, {})


class Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves third-party modules that are not installed, to the modules of one package."""

    def __init__(self, package_roots):
        self.package_roots = package_roots

    def find_spec(self, name, path=None, target=None):
        root = name.partition(".")[0]
        if root in self.package_roots or root in sys.stdlib_module_names:
            return None
        if root not in STUBBED and not self.asked_by_package():
            return None
        STUBBED.add(root)
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def asked_by_package(self):
        frame = sys._getframe(2)
        while frame is not None:
            asking = frame.f_globals.get("__name__", "")
            if not asking.startswith("importlib.") and asking != "importlib":
                return asking.partition(".")[0] in self.package_roots
            frame = frame.f_back
        return False

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        def missing(name):
            if name.startswith("__") and name.endswith("__"):
                raise AttributeError(name)
            made = stub(name)
            setattr(module, name, made)
            return made

        module.__getattr__ = missing
        module.__all__ = []


def failing_frame(problem, folder):
    """The last frame that stands in a module of the package: file and line."""
    found = None
    frames = traceback.extract_tb(problem.__traceback__)
    if isinstance(problem, SyntaxError) and problem.filename:
        place = os.path.realpath(problem.filename)
        if place.startswith(folder + os.sep):
            return [os.path.relpath(place, folder), problem.lineno or 1]
    for frame in frames:
        place = os.path.realpath(frame.filename)
        if place.startswith(folder + os.sep):
            found = [os.path.relpath(place, folder), frame.lineno or 1]
    return found


def described(problem):
    try:
        said = " ".join(str(problem).split())
    except BaseException as inner:
        said = f"(its __str__ raises {type(inner).__name__})"
    return {"kind": type(problem).__name__, "message": said[:500]}


def import_module(task, plan):
    importlib.import_module(task["module"])
    return {}


def load_entry_point(task, plan):
    found = importlib.import_module(task["module"])
    walked = task["module"]
    for part in [part for part in task["attribute"].split(".") if part]:
        if not hasattr(found, part):
            return {"problem": {"kind": "missing", "message": f"`{walked}` has no `{part}`"}}
        found = getattr(found, part)
        walked += "." + part
    if task["callable"] and not callable(found):
        kind = type(found).__name__
        return {"problem": {"kind": "missing", "message": f"`{walked}` is not callable, it is a `{kind}`"}}
    return {}


def evaluate(task, plan):
    tree = ast.parse(task["expression"].strip(), mode="eval")
    names = {"importlib": importlib}
    for root in plan["roots"]:
        try:
            names[root] = importlib.import_module(root)
        except ImportError:
            if root == plan["package"]:
                raise
    for node in ast.walk(tree):
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name) and node.id in plan["roots"]:
            dotted = node.id
            for part in reversed(parts):
                dotted += "." + part
                if dotted not in plan["modules"]:
                    break
                importlib.import_module(dotted)
    value = eval(compile(tree, "<invariant>", "eval"), names)
    if not value:
        return {"problem": {"kind": "false", "message": f"it is `{value!r}`"[:300]}}
    return {}


def rehearse(task, plan):
    for module in plan["modules"]:
        try:
            importlib.import_module(module)
        except BaseException:
            pass
    return {}


DO = {
    "module": import_module,
    "entry point": load_entry_point,
    "invariant": evaluate,
    "rehearsal": rehearse,
}


def child(task, plan, write, mark):
    """Runs in a process of its own; never returns."""
    os.setsid()
    tell_watcher("+", os.getpid())
    # Nothing of the run's own stays open for what the module may do.
    for own in (TETHER, RESULTS):
        if own is not None:
            os.close(own)
    said = tempfile.TemporaryFile()
    os.dup2(said.fileno(), 1)
    os.dup2(said.fileno(), 2)
    told = {}
    try:
        told = DO[task["what"]](task, plan)
    except BaseException as problem:
        told = {"problem": described(problem), "frame": failing_frame(problem, plan["folder"])}
        if isinstance(problem, ModuleNotFoundError):
            told["missing"] = problem.name
    told["stubbed"] = sorted(STUBBED)
    if task.get("report_modules"):
        told["modules"] = list(sys.modules)
        told["threads"] = __import__("threading").active_count()
    bytes_told = DUMPS({"mark": mark, "told": told}).encode()
    while bytes_told:
        bytes_told = bytes_told[WRITE(write, bytes_told):]
    LEAVE(0)


def start(task, plan):
    read, write = os.pipe()
    mark = os.urandom(16).hex()
    number = os.fork()
    if number == 0:
        os.close(read)
        try:
            child(task, plan, write, mark)
        finally:
            os._exit(70)
    os.close(write)
    return {"task": task, "number": number, "read": read, "mark": mark, "told": b"", "until": time.monotonic() + plan["limit"]}


def answer(running):
    """What the process told, when that is one answer with its mark and nothing beside it."""
    try:
        said = json.loads(running["told"])
    except ValueError:
        return None
    is_answer = isinstance(said, dict) and said.get("mark") == running["mark"]
    return said["told"] if is_answer and isinstance(said.get("told"), dict) else None


def finish(running, late):
    os.close(running["read"])
    try:
        # What the module started goes with it.
        os.killpg(running["number"], signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    if late:
        try:
            os.kill(running["number"], signal.SIGKILL)
        except ProcessLookupError:
            pass
    tell_watcher("-", running["number"])
    _, status = os.waitpid(running["number"], 0)
    told = answer(running)
    if told is not None:
        return told
    if late:
        return {"problem": {"kind": "late", "message": ""}}
    if os.WIFSIGNALED(status):
        return {"problem": {"kind": "signal", "message": str(os.WTERMSIG(status))}}
    return {"problem": {"kind": "exit", "message": str(os.WEXITSTATUS(status))}}


def run_all(tasks, plan, begin, tell):
    waiting = list(tasks)[::-1]
    running = {}
    width = 1 if plan["alone"] else max(1, os.cpu_count() or 1)
    while waiting or running:
        while waiting and len(running) < width:
            begin(waiting[-1])
            begun = start(waiting.pop(), plan)
            running[begun["read"]] = begun
        now = time.monotonic()
        patience = max(0.0, min(one["until"] for one in running.values()) - now)
        ready, _, _ = select.select(list(running), [], [], patience)
        for read in ready:
            piece = os.read(read, 1 << 16)
            running[read]["told"] += piece
            if not piece:
                one = running.pop(read)
                tell(one["task"], finish(one, False))
        now = time.monotonic()
        for read in [read for read, one in running.items() if one["until"] <= now]:
            one = running.pop(read)
            tell(one["task"], finish(one, True))


def preload(plan):
    """Imports here what the package needs of others, so that each process need not do it again.

    A rehearsal in a process of its own tells what that is; when it ends badly, or starts threads, which
    do not survive a fork, nothing is imported here."""
    answers = []
    task = {"what": "rehearsal", "report_modules": True}
    run_all([task], plan, lambda task: None, lambda task, told: answers.append(told))
    told = answers[0] if answers else {}
    if told.get("problem") or told.get("threads") != 1:
        return
    for name in told.get("modules", []):
        root = name.partition(".")[0]
        if root in plan["roots"] or root in told["stubbed"] or root == "__main__" or name in sys.modules:
            continue
        try:
            importlib.import_module(name)
        except BaseException:
            return


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    import sysconfig
    plan["folder"] = os.path.realpath(sysconfig.get_paths()["purelib"])
    if plan["stubs"]:
        sys.meta_path.append(Stubs(plan["roots"]))
    global RESULTS
    with open(sys.argv[2], "w", encoding="utf-8") as results:
        RESULTS = results.fileno()

        def note(line):
            results.write(json.dumps(line) + "\n")
            results.flush()

        def tell(task, told):
            told.pop("modules", None)
            note({"id": task["id"], **told})

        # One of them kills this process: it is found by trying one at a time, and nothing is rehearsed.
        if not plan["alone"]:
            preload(plan)
        run_all(plan["tasks"], plan, lambda task: note({"begun": task["id"]}), tell)


main()
