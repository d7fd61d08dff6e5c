"""Say in one line each what the machine lacks to build the environment; exit 1 if it lacks anything.

Runs on any Python 3, also on one that is too old for the project: plain old syntax only.
"""

import os
import shutil
import sys
import sysconfig

MINIMUM = (3, 11)


def version_problem(version):
    """Say that the interpreter is too old, or None."""
    if tuple(version[:2]) >= MINIMUM:
        return None
    return (
        "Python {}.{} or newer is needed, this is {}.{} (Debian: apt-get install python3; "
        "or name another: make PYTHON=/path/to/python3)"
    ).format(MINIMUM[0], MINIMUM[1], version[0], version[1])


def venv_problem(can_import):
    """Say that the interpreter cannot make environments, or None."""
    missing = [name for name in ("venv", "ensurepip") if not can_import(name)]
    if not missing:
        return None
    return "Python's {} is missing (Debian: apt-get install python3-venv)".format(" and ".join(missing))


def compiler_problem(command, find):
    """Say that the C compiler the build would call is not there, or None."""
    words = (command or "cc").split()
    if find(words[0]):
        return None
    others = [name for name in ("cc", "gcc", "clang") if find(name)]
    if others:
        return "the C compiler {} is missing, but {} is there: make CC={}".format(
            words[0], others[0], others[0]
        )
    return (
        "a C compiler is needed: {} was not found "
        "(Debian: apt-get install build-essential; Fedora: dnf install gcc; macOS: xcode-select --install)"
    ).format(words[0])


def headers_problem(include, exists):
    """Say that Python's C headers are not there, or None."""
    header = os.path.join(include, "Python.h")
    if exists(header):
        return None
    return "{} is missing (Debian: apt-get install python3-dev; Fedora: dnf install python3-devel)".format(
        header
    )


def problems():
    """List what this machine lacks."""
    too_old = version_problem(sys.version_info)
    if too_old:
        return [too_old]
    compiler = os.environ.get("CC") or sysconfig.get_config_var("CC")
    found = [
        venv_problem(_can_import),
        compiler_problem(compiler, shutil.which),
        headers_problem(sysconfig.get_paths()["include"], os.path.exists),
    ]
    return [problem for problem in found if problem]


def _can_import(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True


def main():
    """Print the problems to stderr."""
    found = problems()
    for problem in found:
        sys.stderr.write(problem + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
