"""The version of ganlab, written into every run."""

VERSION = "0.1.0"
