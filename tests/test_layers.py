"""Imports point one way, and what could run code, start threads or share randomness stays out.

The sources are read, not imported, so that imports inside functions count as well.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: Module → layer. The longest prefix counts; a module imports its own layer and those below.
LAYERS = {
    "ganlab": 5,  # the package's face: re-exports for `import ganlab`
    "ganlab.errors": 0,
    "ganlab.config": 0,
    "ganlab.recipes": 0,
    "ganlab.curves": 0,
    "ganlab.steps": 0,
    "ganlab.words": 0,
    "ganlab.version": 0,
    "ganlab.pictures": 0,
    "ganlab.paths": 0,
    "ganlab.locks": 0,
    "ganlab.gan": 1,
    "ganlab.data": 1,
    "ganlab.metrics": 1,
    "ganlab.alarms": 1,
    "ganlab.plane": 1,
    "ganlab.training": 2,
    "ganlab.machine": 2,
    "ganlab.launch": 2,
    "ganlab.runs": 3,
    "ganlab.service": 4,
    "ganlab.status": 4,
    "ganlab.jobs": 4,
    "ganlab.work": 4,
    "ganlab.explore": 4,
    "ganlab.evaluation": 4,
    "ganlab.experiments": 4,
    "ganlab.lessons": 4,
    "ganlab.export": 4,
    "ganlab.cli": 5,
    "ganlab.__main__": 5,
    "ganlab.ui": 5,
    "app": 5,
}

FORBIDDEN_MODULES = {"pickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
FORBIDDEN_CALLS = {"torch.load", "torch.save", "torch.manual_seed", "torch.seed", "torch.random.manual_seed"}
#: The one module that may read a PyTorch file, whose hash it knows, and its weights only.
READS_WEIGHTS = "ganlab.metrics.inception_weights"
STARTS_THREADS = {
    "threading.Thread",
    "threading.Timer",
    "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.ProcessPoolExecutor",
}


#: The one module that may have a pool: of threads that decode pictures and end with the call that began them.
SHORT_LIVED_POOL = ("ganlab.data.parallel", "concurrent.futures.ThreadPoolExecutor")


def module_name(path: Path) -> str:
    """ganlab/gan/__init__.py → ganlab.gan"""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in sorted([*(ROOT / "ganlab").rglob("*.py"), *ROOT.glob("app.py")])}
TREES = {name: ast.parse(path.read_text(encoding="utf-8"), str(path)) for name, path in MODULES.items()}


def layer_of(module: str) -> int | None:
    """The layer of the longest known prefix. The package itself is no prefix: its modules must be listed."""
    parts = module.split(".")
    prefixes = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((LAYERS[name] for name in prefixes if name in LAYERS and (name != "ganlab" or name == module)), None)


def runs_at_runtime(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node except the bodies of `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            yield from (node for branch in child.orelse for node in [branch, *runs_at_runtime(branch)])
            continue
        yield child
        yield from runs_at_runtime(child)


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Dotted names of what is imported: `from a.b import c` gives a.b.c."""
    for node in runs_at_runtime(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"relative import of {node.module!r}: write it absolutely"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(module: str) -> set[str]:
    """The project's modules that a module imports; `from ganlab.gan import losses` means ganlab.gan.losses."""
    found = set()
    for name in imported_names(TREES[module]):
        known = name if name in MODULES else name.rpartition(".")[0]
        if known in MODULES and known != module:
            found.add(known)
    return found


def dotted_uses(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names and attributes as they are written out in full: after `from torch import load as l`, `l` is torch.load."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            head, dot, rest = ast.unparse(node).partition(".")
            yield names.get(head, head) + dot + rest, node.lineno


def uses_of(forbidden: set[str], module: str) -> list[str]:
    return [f"{module}:{line} {name}" for name, line in dotted_uses(TREES[module]) if name in forbidden]


def test_every_module_has_a_layer():
    homeless = [module for module in MODULES if layer_of(module) is None]
    assert not homeless, (
        f"{homeless}: add each to LAYERS in {Path(__file__).name}, at the lowest layer that it can have"
    )


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_its_layer_and_those_below(module: str):
    own = layer_of(module)
    upwards = [name for name in own_imports(module) if (layer_of(name) or 0) > (own or 0)]
    assert not upwards, f"{module} (layer {own}) imports from above: {upwards}"


def test_no_import_goes_round_in_a_circle():
    try:
        TopologicalSorter({module: own_imports(module) for module in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(f"import circle: {' → '.join(error.args[1])}")


@pytest.mark.parametrize("module", MODULES)
def test_only_the_screen_imports_streamlit(module: str):
    imports = {name.partition(".")[0] for name in imported_names(TREES[module])}
    assert "streamlit" not in imports or module == "app" or module.startswith("ganlab.ui"), module


@pytest.mark.parametrize("module", MODULES)
def test_nothing_loads_code_or_seeds_the_global_generator(module: str):
    imports = {name.partition(".")[0] for name in imported_names(TREES[module])}
    assert not imports & FORBIDDEN_MODULES, module
    assert not uses_of(FORBIDDEN_CALLS - ({"torch.load"} if module == READS_WEIGHTS else set()), module)


def test_a_pytorch_file_is_read_for_its_weights_alone():
    calls = [node for node in ast.walk(TREES[READS_WEIGHTS]) if isinstance(node, ast.Call)]
    loads = [call for call in calls if ast.unparse(call.func) == "torch.load"]
    assert len(loads) == len(uses_of({"torch.load"}, READS_WEIGHTS)) == 1
    assert "weights_only=True" in {ast.unparse(keyword) for keyword in loads[0].keywords}


@pytest.mark.parametrize("module", [module for module in MODULES if module != "ganlab.service"])
def test_only_the_service_starts_threads_that_outlive_a_call(module: str):
    """The pool of one module may not outlive the call: see the next test."""
    home, pool = SHORT_LIVED_POOL
    assert not uses_of(STARTS_THREADS - ({pool} if module == home else set()), module)


def test_the_pool_is_only_opened_in_a_with_statement():
    """So its threads are gone when the function that opened it returns or raises."""
    home, pool = SHORT_LIVED_POOL
    opened = [item for node in ast.walk(TREES[home]) if isinstance(node, ast.With) for item in node.items]
    names = [ast.unparse(item.context_expr.func) for item in opened if isinstance(item.context_expr, ast.Call)]
    assert names.count(pool.rpartition(".")[2]) == len(uses_of({pool}, home)) > 0


def test_every_import_is_declared_and_pinned():
    imports = {name.partition(".")[0] for tree in TREES.values() for name in imported_names(tree)}
    foreign = imports - set(sys.stdlib_module_names) - {"ganlab", "app"}
    packages = packages_distributions()
    needed = {packages.get(module, [module])[0].lower() for module in foreign}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    extra = set(project["optional-dependencies"]) - {"dev"}  # each extra is the package that it adds
    declared = {re.split(r"[^\w-]", line)[0].lower() for line in project["dependencies"]}
    assert needed - declared == extra, "imported, but not in pyproject.toml"
    assert declared == set(re.findall(r"^([\w-]+)==", pins.lower(), flags=re.MULTILINE)), "pyproject.toml against pins"


def test_the_reader_sees_through_aliases_and_functions():
    source = "import torch as t\nfrom threading import Thread as T\ndef f():\n    import streamlit.web\n    t.load(T)"
    tree = ast.parse(source)
    assert "streamlit.web" in set(imported_names(tree))
    assert {"torch.load", "threading.Thread"} <= {name for name, _ in dotted_uses(tree)}


def test_the_reader_lets_an_own_generator_be_seeded():
    tree = ast.parse("import torch\ntorch.Generator().manual_seed(0)\nrng.manual_seed(0)")
    assert not FORBIDDEN_CALLS & {name for name, _ in dotted_uses(tree)}
