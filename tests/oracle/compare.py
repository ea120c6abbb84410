"""Compares the rewriter of imports with CPython, file by file.

    compare.py BINARY PACKAGES SCRATCH

BINARY is the example `rewrite_files`, PACKAGES a folder that pip installed into, SCRATCH an empty folder.
What the rewriter should do is written down here once more, on CPython's own syntax tree, from the table in
the documentation of `package::rewrite`, and must agree in five ways:

1. both refuse a file, or neither does (the limits that are documented are counted apart);
2. CPython's tree of the output is the transformed tree of the input;
3. the bytes are those of the input with the expected insertions;
4. `symtable` finds the same names in the same scopes;
5. a second run changes nothing.

Ends with 1 when anything differs, and always prints the counts. With ORACLE_EVERY=N in the environment one file
in N is compared, the same ones each time.
"""

import ast
import encodings
import encodings.aliases
import codecs
import json
import multiprocessing
import os
import pkgutil
import re
import subprocess
import symtable
import sys
import sysconfig
import warnings
import zlib
from collections import Counter

PACKAGE = "oracle_package"
LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")
BEFORE_MODULE = re.compile(rb"from(?:[ \t\f]|\\\r\n|\\\r|\\\n)*")
MARK = b"\xef\xbb\xbf"
# What is refused although CPython reads it, as the documentation says.
LIMITS = ("in which modules are not rewritten", "are not ASCII, and is written in")


# What the output should be


def root(name):
    return name.split(".")[0]


class Expected(ast.NodeTransformer):
    """The table, on the tree, with the insertions that it amounts to: (line, column, text)."""

    def __init__(self, roots):
        self.roots = roots
        self.insertions = []
        self.statements = []

    def visit_Import(self, node):
        names = []
        for alias in node.names:
            first = root(alias.name)
            if first not in self.roots:
                names.append(alias)
                continue
            prefixed = f"{PACKAGE}.{alias.name}"
            self.insertions.append((alias.lineno, alias.col_offset, PACKAGE + "."))
            if alias.asname is not None:
                names.append(ast.alias(prefixed, alias.asname))
                continue
            names.append(ast.alias(prefixed, first))
            behind = f" as {first}"
            if first != alias.name:
                names.append(ast.alias(f"{PACKAGE}.{first}", first))
                behind += f", {PACKAGE}.{first} as {first}"
            self.insertions.append((alias.end_lineno, alias.end_col_offset, behind))
        node.names = names
        return node

    def visit_ImportFrom(self, node):
        moved = node.level == 0 and root(node.module) in self.roots and node.module != "__future__"
        if moved:
            node.module = f"{PACKAGE}.{node.module}"
            self.statements.append((node.lineno, node.col_offset))
        return node


def equal(left, right):
    """Whether two trees are the same but for places."""
    pending = [(left, right)]
    while pending:
        one, other = pending.pop()
        if one.__class__ is not other.__class__:
            return False
        if isinstance(one, ast.AST):
            pending.extend((getattr(one, name, None), getattr(other, name, None)) for name in one._fields)
        elif isinstance(one, list):
            if len(one) != len(other):
                return False
            pending.extend(zip(one, other))
        elif isinstance(one, float | complex):
            if repr(one) != repr(other):
                return False
        elif one != other:
            return False
    return True


def encoding_of(data):
    """By CPython's tokenizer: two lines that end at a newline alone."""
    if data.startswith(MARK):
        return "utf-8"
    for line in data.split(b"\n")[:2]:
        found = re.match(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", line, re.DOTALL)
        if found:
            name = found[1].decode().lower().replace("_", "-")
            for known in ("utf-8", "latin-1", "iso-8859-1", "iso-latin-1"):
                if name == known or name.startswith(known + "-"):
                    return "utf-8" if known == "utf-8" else "latin-1"
            return found[1].decode()
        if not re.match(rb"[ \t\f]*(?:[#\r]|$)", line):
            break
    return "utf-8"


def offsets(data, places):
    """Offsets in the file of lines and columns as CPython counts them: columns in bytes of UTF-8."""
    mark = len(MARK) if data.startswith(MARK) else 0
    encoding = encoding_of(data)
    starts = [mark + found.start() for found in LINE.finditer(data[mark:])]
    found = []
    for line, column in places:
        start = starts[line - 1]
        if encoding != "utf-8":
            end = starts[line] if line < len(starts) else len(data)
            text = data[start:end].decode(encoding).encode()
            column = len(text[:column].decode().encode(encoding))
        found.append(start + column)
    return found


def expected_bytes(data, expected):
    places = [(line, column) for line, column, _ in expected.insertions]
    edits = list(zip(offsets(data, places), (text for _, _, text in expected.insertions)))
    for offset in offsets(data, expected.statements):
        edits.append((BEFORE_MODULE.match(data, offset).end(), PACKAGE + "."))
    edits.sort(key=lambda edit: edit[0])
    output, done = [], 0
    for offset, text in edits:
        output += [data[done:offset], text.encode()]
        done = offset
    return b"".join(output + [data[done:]])


def scopes(data):
    """Every scope with the names in it; the message when there is none."""
    try:
        top = symtable.symtable(data, "module", "exec")
    except (SyntaxError, RecursionError, ValueError) as error:
        return getattr(error, "msg", str(error))
    found, pending = [], [top]
    while pending:
        table = pending.pop()
        names = sorted(
            (
                symbol.get_name(),
                symbol.is_imported(),
                symbol.is_assigned(),
                symbol.is_global(),
                symbol.is_local(),
                symbol.is_free(),
                symbol.is_nonlocal(),
            )
            for symbol in table.get_symbols()
        )
        found.append((table.get_type(), table.get_name(), names))
        pending.extend(table.get_children())
    return found


def parse(data):
    try:
        return ast.parse(data), None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return None, f"{type(error).__name__}: {getattr(error, 'msg', error)}"


# One file


def judge(task):
    """(counts, differences) of one file."""
    name, source, output, roots, said = task
    counts, differences = Counter(files=1), []
    with open(source, "rb") as file:
        data = file.read()
    counts["bytes"] += len(data)
    tree, error = parse(data)
    refused = said.get("refused")
    if refused is not None:
        if tree is None:
            counts["refused by both"] += 1
        elif any(limit in refused for limit in LIMITS):
            counts["documented limit"] += 1
        else:
            differences.append(f"{name}: refused ({refused}), CPython reads it")
        return counts, differences
    if tree is None:
        if said["newer"]:
            counts["newer syntax"] += 1
        else:
            differences.append(f"{name}: rewritten, CPython refuses it: {error}")
        return counts, differences
    expected = Expected(roots)
    tree = expected.visit(tree)
    counts["insertions"] += len(expected.insertions) + len(expected.statements)
    counts["imports"] += len(expected.statements) + sum(
        text == PACKAGE + "." for _, _, text in expected.insertions
    )
    with open(output, "rb") as file:
        written = file.read()
    if written != expected_bytes(data, expected):
        differences.append(f"{name}: bytes differ from the expected insertions")
    if written == data:
        return counts, differences
    counts["changed"] += 1
    again, error = parse(written)
    if again is None:
        differences.append(f"{name}: CPython refuses the output: {error}")
    elif not equal(tree, again):
        differences.append(f"{name}: trees differ")
    if scopes(data) != scopes(written):
        differences.append(f"{name}: names of scopes differ")
    return counts, differences


def guarded(task):
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20_000)
    try:
        return judge(task)
    except Exception as error:
        return Counter(files=1), [f"{task[0]}: {type(error).__name__}: {error}"]


# One file in so many is compared.
EVERY = int(os.environ.get("ORACLE_EVERY", "1"))


# Workspaces


def python_files(folder, left_out=()):
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if one not in ("__pycache__", *left_out))
        for file in sorted(files):
            if file.endswith(".py"):
                yield os.path.relpath(os.path.join(at, file), folder)


def own_names(folder):
    """The modules and folders of modules that stand directly in a folder."""
    names = set()
    for entry in os.scandir(folder):
        stem, extension = os.path.splitext(entry.name)
        if (extension == ".py" or entry.is_dir()) and stem.isidentifier() and not stem.startswith("__"):
            names.add(stem)
    return names - {"site-packages"}


def packages(folder):
    """Each package of more than one file; its own names, its own modules', and half of the standard library.

    The latter two are there for quantity: packages mostly import themselves by their whole name or relatively.
    """
    half = {name for name in sys.stdlib_module_names if zlib.crc32(name.encode()) % 2}
    for name in sorted(os.listdir(folder)):
        at = os.path.join(folder, name)
        if not name.isidentifier() or not os.path.isdir(at):
            continue
        files = list(python_files(at))
        if len(files) > 1:
            yield name, at, files, own_names(at) | half | {name}


def variants(source, files, folder):
    """Files of the standard library with other line ends, a byte order mark, no last line end."""
    changes = {
        "crlf": lambda data: data.replace(b"\n", b"\r\n"),
        "cr": lambda data: data.replace(b"\n", b"\r"),
        "mark": lambda data: MARK + data,
        "end": lambda data: data.rstrip(),
        "feed": lambda data: data.replace(b"\nimport", b"\n\f\nimport").replace(b"\nfrom", b"\n\f from"),
        "joined": lambda data: data.replace(b"import ", b"import \\\n").replace(b"from ", b"from \\\r\n \t"),
        "tabs": lambda data: data.replace(b"    ", b"\t"),
    }
    made = []
    for number, file in enumerate(files[::5]):
        with open(os.path.join(source, file), "rb") as opened:
            data = opened.read()
        name, change = list(changes.items())[number % len(changes)]
        made.append(f"{name}_{number}.py")
        with open(os.path.join(folder, made[-1]), "wb") as opened:
            opened.write(change(data))
    return made


def encoded(folder):
    """A file for each name of an encoding, with every character, and one for each byte that has none."""
    names = {module.name for module in pkgutil.iter_modules(encodings.__path__)}
    names |= set(encodings.aliases.aliases) | {name.replace("_", "-") for name in names}
    names |= {"latin-1-unix", "utf-8-unix", "utf-8x", "nonsense", "Latin_1", "UTF_8", "koi8-r-dos", "utf-8-sig"}
    made = []

    def write(name, data):
        made.append(name)
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)

    for number, name in enumerate(sorted(names)):
        defined, undefined = b"", b""
        for byte in range(0x80, 0x100):
            try:
                bytes([byte]).decode(name)
                defined += bytes([byte])
            except Exception:
                undefined += bytes([byte])
        head = f"# coding: {name}\n".encode()
        write(f"plain_{number}.py", head + b"import os, sys.path\n")
        write(f"mark_{number}.py", MARK + head + b"import os\n")
        write(f"all_{number}.py", head + b"'" + defined + b"'; import os # " + defined + b"\n")
        if len(undefined) < 0x80:
            for byte in undefined:
                write(f"none_{number}_{byte:x}.py", head + b"# " + bytes([byte]) + b"\n")
        if defined:
            write(f"name_{number}.py", head + b"a" + defined[-1:] + b" = 1\n")
            write(f"bytes_{number}.py", head + b"a = b'" + defined[-1:] + b"'\n")
    return made


def workspaces(folder, scratch):
    library = sysconfig.get_paths()["stdlib"]
    files = list(python_files(library, left_out=("site-packages",)))
    names = own_names(library) | set(sys.builtin_module_names) - {"__future__"}
    yield "standard library", library, files, names | {"__future__"}
    for name, make in (
        ("line ends", lambda at: variants(library, files, at)),
        ("encodings", encoded),
    ):
        at = os.path.join(scratch, name.replace(" ", "-"))
        os.makedirs(at)
        yield name, at, make(at), names
    yield from packages(folder)


def rewrite(binary, scratch, jobs):
    path = os.path.join(scratch, "jobs.jsonl")
    with open(path, "w") as file:
        for job in jobs:
            file.write(json.dumps(job) + "\n")
    done = subprocess.run([binary, path], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main(binary, folder, scratch):
    jobs, labels = [], []
    for name, source, files, roots in workspaces(folder, scratch):
        files = [file for file in files if zlib.crc32(f"{name}/{file}".encode()) % EVERY == 0]
        output = os.path.join(scratch, "output", name.replace(" ", "-"))
        labels.append(name)
        jobs.append(
            {
                "package": PACKAGE,
                "roots": sorted(roots),
                "folder": source,
                "output": output,
                "files": files,
                "python": list(sys.version_info[:2]),
            }
        )
    said = iter(rewrite(binary, scratch, jobs))
    tasks, second = [], []
    for label, job in zip(labels, jobs):
        kept, roots = [], frozenset(job["roots"])
        for file in job["files"]:
            one = next(said)
            source, output = (os.path.join(job[key], file) for key in ("folder", "output"))
            tasks.append((f"{label}: {file}", source, output, roots, one))
            if "refused" not in one:
                kept.append(file)
        again = os.path.join(scratch, "again", label.replace(" ", "-"))
        second.append(dict(job, folder=job["output"], output=again, files=kept))
    totals = {label: Counter() for label in labels}
    differences = []
    with multiprocessing.Pool() as pool:
        for task, (counts, found) in zip(tasks, pool.imap(guarded, tasks, chunksize=16)):
            totals[task[0].split(": ")[0]] += counts
            differences += found
    for one in rewrite(binary, scratch, second):
        if one.get("refused") or one["edits"]:
            differences.append(f"{one['file']}: a second run changes it")
    report(totals, differences)
    return 1 if differences else 0


COLUMNS = ("files", "changed", "imports", "insertions", "refused by both", "documented limit", "newer syntax")


def report(totals, differences):
    for line in differences[:50]:
        print(f"DIFFERENCE  {line}")
    totals = dict(totals, **{"all": sum(totals.values(), Counter())})
    print(f"{'workspace':<20}{'MB':>7}" + "".join(f"{name:>18}" for name in COLUMNS))
    for name, counts in totals.items():
        megabytes = counts["bytes"] / 1e6
        print(f"{name:<20}{megabytes:>7.1f}" + "".join(f"{counts[column]:>18,}" for column in COLUMNS))
    print(f"{len(differences)} differences, CPython {sys.version.split()[0]}")
    if totals["all"]["files"] < 5_000 // EVERY:
        sys.exit(f"fewer than {5_000 // EVERY:,} files were compared")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
