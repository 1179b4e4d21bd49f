"""What the forms are called, apart from their table, so that the command line's help needs no torch."""

from __future__ import annotations

from typing import Literal

FormName = Literal["html", "onnx", "safetensors", "script", "png"]
PrecisionName = Literal["auto", "float32", "float16"]
