"""A loss, a penalty, a network, a dataset and a setting, added as CONTRIBUTING says, and what then knows of them.

Run as a script by test_contributing.py on a copy of the package, since names are read once, when ganlab is imported;
writes JSON.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

#: Where a name goes → the name. The rows below are those of other names under new ones.
NAMES = {
    "UnpairedLossName": "added-loss",
    "SlopePenaltyName": "added-penalty",
    "NetworkName": "added-network",
    "DatasetName": "added-dataset",
}
ADDED = {"loss": "added-loss", "penalty": "added-penalty", "network": "added-network", "dataset": "added-dataset"}
#: Settings whose needs follow from where a name stands, or do not.
EFFECTS = ("penalty_weight", "d_update", "label_smoothing", "width")
FIELD = 'added_setting: int = field(3, "Run", "Added setting", "An example.", unit="pieces", ge=1, le=9)\n    '


def add_names(package: Path) -> None:
    """Into a copy of the package, the names and the field."""
    file = package / "config" / "names.py"
    source = file.read_text(encoding="utf-8")
    for place, name in NAMES.items():
        source, count = re.subn(rf"^{place} = Literal\[", rf'\g<0>"{name}", ', source, flags=re.MULTILINE)
        assert count == 1, place
    file.write_text(source, encoding="utf-8")
    file = package / "config" / "model.py"
    source = file.read_text(encoding="utf-8")
    file.write_text(source.replace("lr_d: float = field(", FIELD + "lr_d: float = field(", 1), encoding="utf-8")


def add_rows() -> None:
    from ganlab.alarms.readings import READINGS
    from ganlab.data import DATASETS
    from ganlab.gan.losses import LOSSES
    from ganlab.gan.networks import NETWORKS
    from ganlab.gan.penalties import PENALTIES

    tables: dict[str, tuple[Any, str]] = {
        "loss": (LOSSES, "hinge"),
        "penalty": (PENALTIES, "r1"),
        "network": (NETWORKS, "mlp"),
        "dataset": (DATASETS, "digits"),
    }
    for setting, (table, like) in tables.items():
        table[ADDED[setting]] = table[like]
    DATASETS["added-dataset"] = replace(DATASETS["digits"], name="added-dataset")  # pyright: ignore[reportArgumentType]
    READINGS["added-loss"] = READINGS["hinge"]  # pyright: ignore[reportArgumentType]


def found() -> dict[str, Any]:
    """What validation, command line, menus, training and alarms make of them."""
    from click.testing import CliRunner
    from streamlit.testing.v1 import AppTest

    from ganlab.alarms import Recent, look
    from ganlab.cli.root import cli
    from ganlab.config import has_effect, parse_config
    from ganlab.data import load_for
    from ganlab.errors import ConfigError
    from ganlab.training import new_state, train

    def refusal(**values: Any) -> str:
        try:
            parse_config(values)
        except ConfigError as error:
            return str(error)
        return ""

    def script() -> None:
        from ganlab.config import TrainConfig
        from ganlab.ui.settings import draw_first, draw_groups

        draw_groups("r", draw_first("r", TrainConfig()))

    page = AppTest.from_function(script, default_timeout=60).run()
    assert not page.exception, page.exception
    config = parse_config(ADDED | {"max_steps": 2, "batch_size": 4, "added_setting": "5"})
    data = load_for(config)
    ticks = list(train(data, new_state(config, data)))
    look(Recent(config, 2, ticks[-1].series))
    return {
        "kept": {name: config.model_dump()[name] for name in (*ADDED, "added_setting")},
        "refused": [refusal(**{name: value[:-1]}) for name, value in ADDED.items()] + [refusal(added_setting=10)],
        "help": CliRunner().invoke(cli, ["train", "--help"], terminal_width=10_000, max_content_width=10_000).output,
        "boxes": {name: list(page.selectbox(key=f"r.{name}").options) for name in ADDED},
        "number": page.number_input(key="r.added_setting").value,
        "effects": {name: has_effect(name, config.model_dump()) for name in EFFECTS},
        "series": sorted({name for tick in ticks for name in tick.series}),
    }


if __name__ == "__main__":
    add_rows()
    sys.stdout.write(json.dumps(found()))
