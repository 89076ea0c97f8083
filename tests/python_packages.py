#!/usr/bin/env python3
"""Installs Python packages, in the versions of requirements.txt, into a virtual environment of their own.

Its interpreter is then target/NAME/bin/python. Does nothing where all packages are installed.
"""

import argparse

import script

REQUIREMENTS = script.REPOSITORY / "tests/requirements.txt"


def interpreter(name):
    return script.TARGET / name / "bin/python"


def install(name, packages):
    """Installs `packages` into the environment `name` and returns its interpreter."""
    python = interpreter(name)
    # An interrupted installation may have left an environment without pip.
    if not python.exists() or script.call([python, "-m", "pip", "--version"], stdout=script.NOWHERE, stderr=script.NOWHERE):
        create(name)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint", REQUIREMENTS]
    if script.call([*pip, *packages], stdout=script.STDERR):
        raise script.Failure(f"pip could not install {' '.join(packages)}; is the package index reachable?")
    return python


def create(name):
    if script.call([script.PYTHON, "-m", "venv", "--clear", script.TARGET / name], stdout=script.STDERR):
        raise script.Failure(
            f"this Python cannot create a virtual environment in target/{name}; it needs the module venv "
            "(Debian's package python3-venv)"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="the environment's folder in target/")
    parser.add_argument("packages", nargs="+", metavar="package")
    arguments = parser.parse_args()
    install(arguments.name, arguments.packages)


if __name__ == "__main__":
    script.run(main)
