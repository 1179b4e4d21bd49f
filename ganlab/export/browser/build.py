"""Builds kernel-fma.wasm and kernel-simd.wasm from kernel.c, for whoever changes it.

    pip install ziglang==0.17.1
    python -m ganlab.export.browser.build

Zig is a C compiler that comes as a Python package; nothing but this needs it. The binaries are committed, and a test
builds them again where this version of it is installed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

COMPILER = ("ziglang", "0.17.1")

FOLDER = Path(__file__).parent
#: Binary → features of WebAssembly that a browser must have for it, the fastest first.
BINARIES = {"kernel-fma.wasm": "simd128+relaxed_simd", "kernel-simd.wasm": "simd128"}


def build(binary: str, target: Path) -> None:
    """Write one of BINARIES. Raises subprocess.CalledProcessError."""
    options = ["--target=wasm32-freestanding", f"-mcpu=generic+{BINARIES[binary]}", "-O3", "-nostdlib"]
    # The loop needs no stack, so a page of 64 KiB is enough for a small generator.
    linked = ["-Wl,--no-entry", "-Wl,--import-memory", "-Wl,-s", "-Wl,-z,stack-size=1024"]
    command = [sys.executable, "-m", "ziglang", "cc", *options, *linked, "kernel.c", "-o", str(target.resolve())]
    subprocess.run(command, cwd=FOLDER, check=True)


if __name__ == "__main__":
    for name in BINARIES:
        build(name, FOLDER / name)
