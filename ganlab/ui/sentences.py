"""What went wrong, as a page says it: a sentence in the words that stand on the page."""

from __future__ import annotations

import re

from ganlab.config import SETTINGS

#: As Python quotes: a text that begins and ends apart from letters.
_QUOTED = re.compile(r"""(?<!\w)(?:'([^']*)'|"([^"]*)")(?!\w)""")
#: A file or a program at the beginning stays as it is written.
_NAME = re.compile(r"[\w-]*[./\\_][\w/]")
#: A setting by its name in the code: one of more than one word anywhere, any other as what the sentence is about.
_LONG = re.compile(rf"\b({'|'.join(sorted((name for name in SETTINGS if '_' in name), key=len, reverse=True))})\b")
_FIRST = re.compile(rf"^({'|'.join(SETTINGS)})(?= (?:must|cannot|is)\b)")


def as_sentence(error: Exception | str) -> str:
    """An error that names settings, values and quotes as the command line has them, as a sentence for a page."""
    text = _FIRST.sub(lambda found: SETTINGS[found[1]].title, str(error))
    parts = []
    end = 0
    for quoted in _QUOTED.finditer(text):
        parts += [_with_titles(text[end : quoted.start()]), f"“{quoted[1] or quoted[2] or ''}”"]
        end = quoted.end()
    said = "".join([*parts, _with_titles(text[end:])])
    begin = said[:1] if _NAME.match(said) else said[:1].upper()
    return f"{begin}{said[1:]}{'' if said.endswith(('.', '!', '?', '…')) else '.'}"


def _with_titles(text: str) -> str:
    """'batch_size' → 'batch size': within a sentence a title begins small."""
    return _LONG.sub(lambda found: f"{SETTINGS[found[1]].title[0].lower()}{SETTINGS[found[1]].title[1:]}", text)
