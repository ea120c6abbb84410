"""Writes wheels and the files beside them for run.sh into the current folder."""

import base64
import hashlib
import os
import zipfile


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def wheel(folder, name, version, files, entry_points=""):
    info = f"{name}-{version}.dist-info"
    files = dict(files)
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if entry_points:
        files[f"{info}/entry_points.txt"] = entry_points

    def row(path, text):
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        return f"{path},sha256={digest},{len(text.encode())}\n"

    record = "".join(row(path, text) for path, text in files.items())
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    os.makedirs(folder, exist_ok=True)
    with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)


# Tells, wherever it may be heard, that all is well.
FORGED = """\
import os

for number in range(3, 30):
    try:
        os.write(number, b'{"mark": "", "told": {}}')
    except OSError:
        pass
os._exit(0)
"""
MAIN = """\
import httpx
import pydantic.fields
from httpx import AsyncClient
from pydantic import BaseModel, Field


class Message(BaseModel):
    text: str = Field(default="")


class Late(httpx.TimeoutException):
    pass


@httpx.decorated("x")
def main_sync():
    return AsyncClient()
"""

wheel(
    "sound",
    "acme_runtime",
    "1.0",
    {
        "acme_runtime/__init__.py": "__version__ = '1.0'\n",
        "acme_runtime/main.py": MAIN,
        "acme_runtime/tools/__init__.py": "from .memory import store\n",
        "acme_runtime/tools/memory.py": "def store(): ...\n",
        "acme_runtime/prints.py": "import sys\nprint('{\"id\": 0}')\nprint('x' * 100000, file=sys.stderr)\n",
    },
    "[console_scripts]\nacme = acme_runtime.main:main_sync\n",
)
write(
    "sound.yaml",
    "schema: 1\ndistribution: acme-runtime\npackage: acme_runtime\nmetadata: {}\nsmoke:\n  invariants:\n"
    "    it knows its version: acme_runtime.__version__ == '1.0'\n"
    "    memory stores: callable(acme_runtime.tools.memory.store)\n",
)
wheel(
    "broken",
    "acme_runtime",
    "1.1",
    {
        "acme_runtime/__init__.py": "__version__ = ''\n",
        "acme_runtime/main.py": "def main_sync(): ...\n",
        "acme_runtime/exits.py": "import sys\nsys.exit(3)\n",
        "acme_runtime/crash.py": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
        "acme_runtime/quits.py": "import os\nos._exit(4)\n",
        "acme_runtime/patched.py": "import json\njson.dumps = lambda *a, **k: '{}'\nraise ValueError('told all the same')\n",
        "acme_runtime/forged.py": FORGED,
        "acme_runtime/hangs.py": "import time\nwhile True:\n    time.sleep(1)\n",
        "acme_runtime/broken.py": "def f():\n    from acme_runtime.gone import x\n    return x\n\n\nf()\n",
        "acme_runtime/syntax.py": "def f(:\n",
        "acme_runtime/server.py": "raise SystemError('it was imported')\n",
    },
    "[console_scripts]\nacme = acme_runtime.main:main_sync\nold = acme_runtime.main:gone\nversion = acme_runtime:__version__\n",
)
write(
    "broken.yaml",
    "schema: 1\ndistribution: acme-runtime\npackage: acme_runtime\nmetadata: {}\nsmoke:\n"
    "  skip: { acme_runtime.server: it listens }\n  invariants: { it knows its version: bool(acme_runtime.__version__) }\n",
)
wheel(
    "hostile",
    "hostile",
    "1.0",
    {
        "hostile/__init__.py": "",
        "hostile/killer.py": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n",
        "hostile/mute.py": "class Mute(Exception):\n    def __str__(self):\n        raise self\n\n\nraise Mute\n",
        "hostile/sound.py": "",
    },
)
wheel(
    "erased",
    "erased",
    "1.0",
    {
        "erased/__init__.py": "",
        "erased/by_itself.py": "import os, shutil\nshutil.rmtree(os.path.dirname(__file__))\n",
        "erased/last.py": "",
    },
)
NOSY = """
import os
assert 'hunter2' not in repr(os.environ)
assert 'shipshape-smoke-' in os.environ['HOME']
# Where there is a user namespace of its own, it reads no process above that has them either.
is_apart = os.name == 'posix' and os.path.exists('/proc/self/uid_map') and open('/proc/self/uid_map').read().split()[2] == '1'
process = os.getppid() if is_apart else 0
while process > 1:
    try:
        with open(f'/proc/{process}/environ', 'rb') as file:
            assert b'hunter2' not in file.read()
    except PermissionError:
        pass
    with open(f'/proc/{process}/status') as file:
        process = next(int(line.split()[1]) for line in file if line.startswith('PPid'))
"""
wheel(
    "secret",
    "nosy",
    "1.0",
    {"nosy.py": NOSY},
)
wheel(
    "sleeps",
    "sleeps",
    "1.0",
    {
        "sleeps.py": "import os, subprocess, time\nchild = subprocess.Popen(['sleep', '600'])\n"
        "with open(os.environ['SMOKE_PID'] + '.new', 'w') as file:\n    file.write(str(child.pid))\n"
        "os.rename(os.environ['SMOKE_PID'] + '.new', os.environ['SMOKE_PID'])\ntime.sleep(600)\n"
    },
)
write(
    "sleeps.yaml",
    "schema: 1\ndistribution: sleeps\npackage: sleeps\nmetadata: {}\nsmoke:\n"
    f"  environment: {{ SMOKE_PID: '{os.path.abspath('pid')}' }}\n",
)
write(
    "fleet.yaml",
    "schema: 1\nname: acme\nforge: { owner: acme }\nkinds: { template: {} }\n"
    "runtime_package: { distribution: acme-runtime, import: acme_runtime }\nmembers: [acme/template]\n",
)
write("shape/shape.yaml", "schema: 1\nname: acme\npaths: []\n")
write("template/adapter.py", "from acme_runtime.main import other\n")
write("built/package.yaml", "schema: 1\ndistribution: acme-built\npackage: acme_built\nsource: workspace\nmodules: [main, tools]\nmetadata:\n  description: built to be smoked\n  scripts: { acme: \"acme_built.main:main\" }\n")
write("built/workspace/main.py", "from tools import store\n\n\ndef main():\n    store()\n")
write("built/workspace/tools.py", "def store(): ...\n")
