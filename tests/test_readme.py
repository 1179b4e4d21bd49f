"""The README's file tree is true: a fenced block marked `tree`, one line per file.

A line is indented two spaces per folder, names one or more paths separated by blanks (folders end in /),
and may go on with two blanks or more and a description. Box-drawing characters count as indentation.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def tree_lines(markdown: str) -> list[str]:
    """The lines of the first block fenced as ```tree."""
    block = re.search(r"^```tree\n(.*?)^```", markdown, flags=re.MULTILINE | re.DOTALL)
    assert block, "README.md has no block fenced as ```tree"
    return [line for line in block[1].splitlines() if line.strip()]


def tree_paths(lines: list[str]) -> Iterator[str]:
    """Paths from the root on. A first line such as `ganlab/` is the package, never the checkout."""
    parents: list[tuple[int, str]] = []
    for line in lines:
        plain = re.sub(r"[│├└─]", " ", line)
        depth = len(plain) - len(plain.lstrip())
        parents = [(indent, folder) for indent, folder in parents if indent < depth]
        prefix = "".join(folder for _, folder in parents)
        names = re.split(r"\s{2,}", plain.strip())[0].split()
        yield from (prefix + name for name in names)
        if names[-1].endswith("/"):
            parents.append((depth, names[-1]))


def tracked_at_the_top() -> set[str]:
    """Top-level names that git tracks: README.md, ganlab, …"""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout: nothing says which files belong to the project")
    return {path.partition("/")[0] for path in listing.stdout.split("\0") if path}


@pytest.fixture(scope="module")
def named() -> list[str]:
    return list(tree_paths(tree_lines((ROOT / "README.md").read_text(encoding="utf-8"))))


def test_each_path_in_the_tree_exists(named: list[str]):
    wrong = [path for path in named if not (ROOT / path).exists() or path.endswith("/") != (ROOT / path).is_dir()]
    assert not wrong, f"in README.md's tree but not in the checkout (folders end in /): {wrong}"


def test_each_top_level_entry_is_in_the_tree(named: list[str]):
    missing = tracked_at_the_top() - {path.partition("/")[0] for path in named}
    assert not missing, f"tracked by git but not in README.md's tree: {sorted(missing)}"


def test_the_tree_is_read_as_it_looks():
    lines = [
        "app.py        the app",
        "ganlab/       the engine",
        "  gan/        losses",
        "├── a.py b.py  two",
        "LICENSE",
    ]
    assert list(tree_paths(lines)) == [
        "app.py",
        "ganlab/",
        "ganlab/gan/",
        "ganlab/gan/a.py",
        "ganlab/gan/b.py",
        "LICENSE",
    ]


def test_the_python_example_runs_from_anywhere(tmp_path: Path):
    markdown = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^```python\n(.*?)^```", markdown, flags=re.MULTILINE | re.DOTALL)
    assert block, "README.md has no Python example"
    program = re.sub(r"max_steps=\d+", "max_steps=2, width=4, batch_size=4", block[1])
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["0", "1", "2"]
