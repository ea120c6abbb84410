"""Runs a program for as long as whoever asked for it lives.

`python -I tether.py FOLDER PROGRAM ARGUMENT...`. Standard input is a pipe that the asker holds open. A byte
on it says that the program has ended and all is well; its end without one says that the asker is gone: then
the program's process group is killed, so are the groups that it told of, and the folder is removed.

A watcher in a session of its own sees to that. The program takes the place of this process, and keeps its
number; it may tell of process groups that it starts (`+NUMBER`, `-NUMBER`) on the descriptor that
SHIPSHAPE_TETHER names.
"""

import os
import select
import shutil
import signal
import sys


def kill(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def watch(folder, group, told):
    """Returns once nothing is left to be watched."""
    groups = set()
    unread = b""
    sources = [0, told]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if told in ready:
            piece = os.read(told, 1 << 16)
            if not piece:
                sources.remove(told)
            *lines, unread = (unread + piece).split(b"\n")
            for line in lines:
                change = groups.add if line.startswith(b"+") else groups.discard
                change(int(line[1:]))
            continue
        if 0 in ready:
            is_well = bool(os.read(0, 1))
            if not is_well:
                kill(group)
            for one in groups:
                kill(one)
            if not is_well:
                shutil.rmtree(folder, ignore_errors=True)
            return


def main():
    folder, program = sys.argv[1], sys.argv[2:]
    group = os.getpgid(0)
    told, tell = os.pipe()
    nothing = os.open(os.devnull, os.O_RDWR)
    if os.fork() == 0:
        try:
            os.setsid()
            os.close(tell)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            os.chdir("/")
            watch(folder, group, told)
        finally:
            os._exit(0)
    os.close(told)
    os.dup2(nothing, 0)
    os.set_inheritable(tell, True)
    os.environ["SHIPSHAPE_TETHER"] = str(tell)
    os.execv(program[0], program)


main()
