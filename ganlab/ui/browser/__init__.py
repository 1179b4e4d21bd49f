"""The browser's half of the pages: styles, and ES modules that a route of ours serves.

Each page's component is a Streamlit component (v2): it fetches from our own routes, so that a chart or a picture is
renewed without a rerun of the page.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from ganlab.export.browser import modules

#: Where the route of modules lies below the app's base.
ROUTE = "ganlab/modules"


@functools.cache
def version() -> str:
    """Changes whenever a module changes. It stands in each module's address, so that no two versions ever mix."""
    return hashlib.sha256("\0".join(modules().values()).encode()).hexdigest()[:16]


def entry(path: str) -> str:
    """What Streamlit is given as a component's JavaScript: it imports the module `path` and hands on its default.

    Streamlit runs this from a blob, where a relative address has no meaning, so the page's own base goes before it.
    """
    address = f"{ROUTE}/{version()}/ui/browser/{path}"
    return (
        f'const module = await import(new URL("{address}", document.baseURI).href);\nexport default module.default;\n'
    )


def styles(*names: str) -> str:
    """The text of these style sheets, one after the other."""
    return "\n".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in names)


def nothing() -> None:
    """Streamlit hands on only the values that have a callback; ours need none."""
