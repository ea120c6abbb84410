"""Two wheels have equal files and metadata; RECORD and WHEEL, which name their maker, are left aside.

Files are compared by bytes and by executable bit. Metadata is compared by bytes first; where those differ,
each field is, requirements as `packaging` reads them, and what differs in spelling alone is told.
"""

import email.parser
import sys
import zipfile

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet


def read(path):
    with zipfile.ZipFile(path) as archive:
        return {
            info.filename: (archive.read(info), bool(info.external_attr >> 16 & 0o111))
            for info in archive.infolist()
        }


def fields(data):
    message = email.parser.Parser().parsestr(data.decode())
    found = {"": [message.get_payload()]}
    for name, value in message.items():
        if name == "Requires-Dist":
            value = str(Requirement(value))
        elif name == "Requires-Python":
            value = str(SpecifierSet(value))
        found.setdefault(name, []).append(value)
    return {name: sorted(values) for name, values in found.items()}


def main():
    ours, theirs = (read(path) for path in sys.argv[1:])
    apart = lambda name: name.endswith((".dist-info/RECORD", ".dist-info/WHEEL"))
    wrong = []
    for name in sorted(ours.keys() | theirs.keys()):
        if apart(name):
            continue
        if name not in ours or name not in theirs:
            wrong.append(f"{name} is in {'ours' if name in ours else 'theirs'} only")
        elif ours[name] != theirs[name]:
            if name.endswith(".dist-info/METADATA"):
                one, other = fields(ours[name][0]), fields(theirs[name][0])
                if one == other:
                    print("METADATA differs in spelling only")
                else:
                    wrong += [f"{key}: {one.get(key)} != {other.get(key)}" for key in one.keys() | other.keys() if one.get(key) != other.get(key)]
            else:
                wrong.append(f"{name} differs")
    print("\n".join(wrong) or f"{len(ours)} files are equal")
    sys.exit(bool(wrong))


main()
