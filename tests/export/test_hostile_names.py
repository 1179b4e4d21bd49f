"""Names are text wherever they come out: in a script or a page they neither run nor change what runs."""

from __future__ import annotations

import ast
import importlib.util
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import onnx
import pytest
from safetensors import safe_open
from takeaway import loaded_of

from ganlab.errors import GanlabError
from ganlab.explore import Loaded, directions_of, load_file
from ganlab.export.files import Options, take_away
from ganlab.runs.directions import KeptDirection

#: Pieces that end a string, a line, a comment or an element, or begin something else.
PIECES = (
    *('"', "'", '"""', "'''", "\\", "\\\\", "\n", "\r", "\0", "\t", "\x0c", "\x85", "\u2028", "\u202e", "\x1b[2J", "#"),
    *(
        "{",
        "}",
        "{0}",
        "{{ weights }}",
        "%(prog)s",
        "%",
        "%s",
        "\\N{DIGIT ONE}",
        "\\x41",
        "\\u",
        "$(id)",
        "`id`",
        "é🙂",
    ),
    *("</script>", "<script>", "<!--", "-->", "]]>", "<img src=x onerror=alert(1)>", "&lt;", "\udc80", "\ud800"),
    *("__import__('os')", ";raise SystemExit(7)", "a", "b c", "é🙂"),
)


def hostile_names(count: int = 60) -> list[str]:
    rng = random.Random(3)
    return [*PIECES, *("".join(rng.choices(PIECES, k=rng.randint(2, 6))) for _ in range(count))]


def test_a_script_is_the_same_but_for_its_docstring_whatever_the_name():
    loaded = loaded_of("mlp", (2,), dataset="gaussians-ring")

    def parsed(source: str) -> tuple[str, str]:
        tree = ast.parse(take_away(replace(loaded, source=source), "script"))
        said = ast.get_docstring(tree, clean=False)
        assert said is not None
        return said, ast.dump(ast.Module(tree.body[1:], []))

    said, rest = parsed("run a")
    for name in hostile_names():
        about, code = parsed(f"run {name}")
        assert code == rest, repr(name)
        assert about.partition(", step")[2] == said.partition(", step")[2], repr(name)


class Elements(HTMLParser):
    """Every element of a page with its attributes, and what stands in those with an id."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[Any] = [("", [])]
        self.texts: dict[str, str] = {}
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(dict(self.elements[-1][1]).get("id") or "", data)


def test_a_page_has_the_same_elements_whatever_the_names():
    loaded = loaded_of("mlp", conditional=True)
    plain = Elements(take_away(loaded, "html")).elements
    for name in hostile_names(20):
        named = name.encode("utf-8", "replace").decode()  # a config is valid text
        evil = replace(
            loaded, source=f"run {name}", config=loaded.config.with_changes(classes=(f"x{named}", *"abcdefghi"))
        )
        kept = KeptDirection(named, (1.0,) * loaded.config.z_dim)
        page = Elements(take_away(evil, "html", Options(kept=(kept,))))
        assert page.elements == plain, repr(name)
        about = json.loads(page.texts["about"])
        assert about["directions"][0]["name"] == named
        assert about["classNames"] == list(evil.class_names)


def test_no_form_says_where_the_pictures_lie(tmp_path: Path):
    loaded = loaded_of("dcgan", (3, 16, 16), dataset="folder", image_size=16)
    for folder in ("/home/somebody/secret/cats", "/home/somebody/secret/cats/", r"C:\Users\somebody\secret\cats"):
        own = replace(loaded, config=loaded.config.with_changes(folder=folder))
        for form in ("html", "onnx", "safetensors", "script", "png"):
            content = take_away(own, form)
            assert b"somebody" not in content, form
            assert b"secret" not in content, form
        model = onnx.load_model_from_string(take_away(own, "onnx"))
        assert json.loads({each.key: each.value for each in model.metadata_props}["config"])["folder"] == "cats"
        path = tmp_path / "g.safetensors"
        path.write_bytes(take_away(own, "safetensors"))
        assert load_file(path).config == own.config.with_changes(folder="cats")


def test_a_step_of_thousands_of_digits_in_a_file_is_none(tmp_path: Path):
    path = tmp_path / "g.safetensors"
    content = take_away(loaded_of(), "safetensors")
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header["__metadata__"]["step"] = "9" * 5000
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + content[8 + size :])
    with safe_open(path, framework="pt") as file:
        assert len(file.metadata()["step"]) == 5000
    assert load_file(path).step == 0


def test_a_page_has_the_directions_of_explore_and_before_them_those_that_were_named():
    loaded = loaded_of()
    kept = KeptDirection("slant", tuple(directions_of(loaded, "weights").moves[2].tolist()))

    def shown(**options: Any) -> list[dict[str, Any]]:
        page = take_away(loaded, "html", Options(**options))
        return json.loads(re.findall(rb'id="about">(.*?)</script>', page)[0])["directions"]

    found = directions_of(loaded, "activations")
    assert shown(kept=(kept,))[0] == {"name": "slant", "share": None, "move": list(kept.move)}
    assert shown(kept=(kept,))[1:] == shown()
    assert [(each["name"], each["share"]) for each in shown()] == list(zip(found.names, found.shares, strict=True))
    assert shown(directions="raw")[0]["name"] == directions_of(loaded, "raw").names[0]
    with pytest.raises(GanlabError, match="directions cannot be"):
        shown(directions="sideways")


#: Options of a script that cannot be → words of the sentence.
REFUSED = [
    (["--count", "0"], "argument --count: must be a whole number from 1 to 10000, got '0'"),
    (["--count", "-3"], "got '-3'"),
    (["--count", "9" * 5000], "must be a whole number"),
    (["--count", "²"], "must be a whole number"),
    (["--seed", str(2**40)], "must be a whole number from 0 to 2147483647"),
    (["--scale", "0"], "from 1 to 64"),
    (["--label", "99"], "argument --label: must be a whole number from 0 to 9, got '99'"),
    (["--out", "nowhere/x.png"], "'nowhere/x.png' cannot be written (No such file or directory): name another file"),
    (["--out", "."], "cannot be written (Is a directory)"),
]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Loaded], ModuleType]:
    def load(loaded: Loaded) -> ModuleType:
        path = tmp_path / "generator.py"
        path.write_bytes(take_away(loaded, "script"))
        spec = importlib.util.spec_from_file_location("generator", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    monkeypatch.chdir(tmp_path)
    return load


def test_a_script_refuses_what_cannot_be_in_a_sentence(
    script: Callable[[Loaded], ModuleType], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    module = script(loaded_of(conditional=True))
    for words, sentence in REFUSED:
        monkeypatch.setattr("sys.argv", ["generator.py", *words])
        with pytest.raises(SystemExit) as stop:
            module.main()
        assert stop.value.code != 0
        assert sentence in capsys.readouterr().err, words


def test_a_script_has_no_option_that_does_nothing(
    script: Callable[[Loaded], ModuleType], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    module = script(loaded_of("mlp", (2,), dataset="gaussians-ring"))
    for word in ("--label", "--scale"):
        monkeypatch.setattr("sys.argv", ["generator.py", word, "1"])
        with pytest.raises(SystemExit):
            module.main()
        assert "unrecognized arguments" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["generator.py", "--count", "3"])
    module.main()
    assert len(Path("samples.csv").read_text().splitlines()) == 3
