"""What is printed of runs and datasets, and pictures written to files."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from calling import a_run, call, refusal
from PIL import Image

from ganlab.config import TrainConfig
from ganlab.data import DATASETS, load_dataset
from ganlab.explore import Explorer, Walk, draw, key_of_seed, walk_pictures
from ganlab.pictures import enlarge, make_grid
from ganlab.recipes import RECIPES
from ganlab.runs import EXPLORE_ONLY, Run, Runs


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_the_list_of_runs_says_what_each_is_and_warns_of_what_cannot_be_read(checkpoints: Path):
    run = a_run(checkpoints)
    (checkpoints / "20260101-000000-torn").mkdir()
    for words in (["runs"], ["runs", "list"]):
        result = call(*words)
        header, line, torn = result.stdout.splitlines()
        assert torn.split() == ["20260101-000000-torn", "damaged"]
        assert header.split() == ["RUN", "STATE", "STEP", "LOSS", "DATASET", "SIZE"]
        assert line.split()[:5] == [run.id, "stopped", "500/501", "wasserstein", "digits"]
        assert header.index("STATE") == line.index("stopped")
        assert result.stderr.startswith("Warning: ")
        assert "20260101-000000-torn" in result.stderr
        assert result.exit_code == 0


def test_an_empty_folder_says_how_to_begin(tmp_path: Path):
    result = call("runs", "--checkpoints", str(tmp_path / "none"))
    assert result.stdout.startswith(f"No runs in {tmp_path / 'none'} yet: start one with python -m ganlab train")


def test_the_folder_may_be_named_before_or_after_a_subcommand(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    run = a_run(elsewhere)
    for words in (["--checkpoints", str(elsewhere), "show", run.id], ["show", run.id, "--checkpoints", str(elsewhere)]):
        assert call("runs", *words).stdout.startswith(f"run: {run.id}\n")


def test_show_tells_everything_of_a_run(checkpoints: Path):
    run = a_run(checkpoints)
    lines = call("runs", "show", run.id).stdout.splitlines()
    for line in (f"run: {run.id}", "state: stopped", "step: 500 of 501", "snapshots: 500", "device: CPU"):
        assert line in lines
    assert "  loss_d: −3.25" in lines
    assert {f"  {name}: {value}" for name, value in run.config.model_dump().items() if value != ""} <= set(lines)
    assert len(TrainConfig.model_fields) > 20


def test_slim_asks_first_and_a_no_changes_nothing(checkpoints: Path):
    run = a_run(checkpoints)
    size = run.size_bytes()
    result = call("runs", "slim", run.id, stdin="n\n")
    assert result.exit_code == 1
    assert "never resumed" in result.output
    assert run.size_bytes() == size


def first_picture(run: Run) -> np.ndarray:
    loaded = Explorer(Runs(run.path.parent)).load(run.id)
    return draw(loaded, loaded.space.of_seed(1))


def test_a_slimmed_run_is_explored_as_before_and_not_resumed(checkpoints: Path):
    run = a_run(checkpoints)
    size, before = run.size_bytes(), first_picture(run)
    result = call("runs", "slim", run.id, "--yes")
    assert result.exit_code == 0
    assert run.size_bytes() < size / 2
    assert np.array_equal(before, first_picture(run))
    before = list(run.records())
    for words in (
        ("resume", run.id),
        ("resume", run.id, "--max-steps", "1"),
        ("resume", run.id, "--max-steps", "3000"),
        ("edit", run.id, "lr_g=1e-4"),
        ("undo", run.id),
        ("rewind", run.id, "0"),
        ("fork", run.id, "500"),
    ):
        assert refusal(*words, exit_code=1) == f"run '{run.id}' {EXPLORE_ONLY}"
    assert list(run.records()) == before


def test_recipes_are_listed_a_line_each():
    lines = call("recipes").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(RECIPES)
    assert all(row.summary in line for row, line in zip(RECIPES.values(), lines, strict=True))


def test_datasets_are_listed_with_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    _, *lines = call("data").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(DATASETS)
    ends = {"built in": "built in", "generated": "generated", "your own": "ganlab data add PATH"}
    for name, line in zip(DATASETS, lines, strict=True):
        absent = f"not downloaded, will be downloaded to {tmp_path / name}"
        assert line.endswith(ends.get(DATASETS[name].origin, absent))
    for name in DATASETS["mnist"].files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    mnist = call("data", "list").stdout.splitlines()[2]
    assert mnist.endswith(f" in {tmp_path / 'mnist'}")


def test_fetching_says_what_there_is(made_up_data: None):
    result = call("data", "fetch", "digits")
    assert result.exit_code == 0
    assert result.stdout == "digits is ready: 23 images to train on and 23 to test with\n"


def test_there_is_nothing_to_fetch_for_pictures_of_ones_own():
    assert "add some with python -m ganlab data add PATH" in refusal("data", "fetch", "folder", exit_code=1)


def test_show_counts_each_class_that_is_chosen():
    result = call("data", "show", "digits", "--classes", "3,5", "--max-images", "40", "--image-size", "28")
    first, header, three, five = result.stdout.splitlines()
    assert first == "digits: 40 images of 28×28 pixels, to train on"
    assert header.split() == ["CLASS", "HOW", "MANY"]
    data = load_dataset("digits", classes=("3", "5"), max_images=40)
    assert data.labels is not None
    assert [three.split(), five.split()] == [
        ["3", str(int((data.labels == 0).sum()))],
        ["5", str(int(data.labels.sum()))],
    ]


def test_show_draws_a_row_for_each_class(tmp_path: Path):
    target = tmp_path / "grid.png"
    assert f"Wrote {target}" in call("data", "show", "digits", "--out", str(target)).stdout
    sheet = pixels_of(target)[::4, ::4]  # 16 pixels are drawn as 64
    data = load_dataset("digits")
    assert data.labels is not None
    assert sheet.shape == (10 * 17 - 1, 10 * 17 - 1)
    for digit in range(10):
        first = data.examples[(data.labels == digit).nonzero()[0, 0], 0]
        assert np.array_equal(sheet[17 * digit :, :][:16, :16], first.numpy())
    again = call("data", "show", "digits", "--out", str(target))
    assert again.exit_code == 1 and "exists already" in again.stderr
    assert "must end in .png" in refusal("data", "show", "digits", "--out", "grid.jpg", exit_code=2)


def test_show_draws_points_as_a_scatter(tmp_path: Path):
    target = tmp_path / "ring.png"
    result = call("data", "show", "gaussians-ring", "--split", "test", "--out", str(target))
    assert result.stdout.splitlines()[0] == "gaussians-ring: 5,000 points of the plane, to test with"
    assert pixels_of(target).shape == (512, 512, 3)
    assert "no classes" in call("data", "show", "line").stdout


@pytest.mark.parametrize(
    ("words", "exit_code", "says"),
    [
        (["show", "minst"], 2, "did you mean 'mnist'"),
        (["show", "digits", "--classes", "ten"], 1, "has no class 'ten'"),
        (["show", "digits", "--image-size", "65"], 2, "image_size cannot be 65"),
        (["show", "moons", "--image-size", "32"], 1, "holds points"),
        (["show", "folder"], 1, "no folder of pictures is named"),
        (["add", "/nowhere/at/all"], 1, "/nowhere/at/all is not there"),
        (["add", __file__], 1, "neither a folder nor a zip"),
        (["add", str(Path(__file__).parent), "--name", "mine"], 2, "--name is for a zip"),
        (["add", "pictures.zip", "--image-size", "65"], 2, "image_size cannot be 65"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_one_sentence(words: list[str], exit_code: int, says: str):
    result = call("data", *words)
    assert result.exit_code == exit_code
    assert says in result.stderr.splitlines()[-1]  # after what was loaded first


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of 20 pictures in two classes, and one that is broken."""
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "my pictures"
    for number in range(20):
        path = folder / ("cats" if number % 2 else "dogs") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40 + number, 50), (number * 12, 0, 0)).save(path)
    (folder / "cats" / "broken.png").write_text("no picture")
    return folder


def trained_with(stdout: str) -> list[str]:
    """The words after `python -m ganlab train` that a call recommends."""
    return shlex.split(stdout.splitlines()[-1].partition("ganlab train ")[2])


def test_a_folder_is_added_where_it_is(pictures: Path):
    result = call("data", "add", str(pictures), "--image-size", "32", "--crop", "letterbox")
    assert result.stdout.splitlines()[0] == f"{pictures}: 20 pictures ready at 32×32 in classes cats (10), dogs (10)"
    assert "Skipped cats/broken.png: " in result.stderr
    words = trained_with(result.stdout)
    assert words[words.index("--folder") + 1] == str(pictures)
    chosen = ["--folder", str(pictures), "--image-size", "32", "--crop", "letterbox"]
    assert words == ["--dataset", "folder", *chosen]
    assert "folder: 20 images of 32×32 pixels" in call("data", "show", "folder", *chosen).stdout
    assert call("data", "check", "folder", *chosen).stdout.startswith("warning  There are only 20 images")


def test_a_zip_becomes_a_collection(pictures: Path, tmp_path: Path):
    packed = shutil.make_archive(str(tmp_path / "holiday"), "zip", pictures)
    result = call("data", "add", packed)
    words = trained_with(result.stdout)
    assert words == ["--dataset", "folder", "--folder", "holiday", "--image-size", "64"]
    assert (tmp_path / "data" / "folders" / "holiday").is_dir()
    assert "in classes cats (10), dogs (10)" in result.stdout
    again = call("data", "add", packed, "--name", "rome", "--image-size", "16")
    assert trained_with(again.stdout)[3] == "rome"


def test_what_is_left_out_is_said(pictures: Path, tmp_path: Path):
    (pictures / "cats" / "a.heic").write_text("something")
    result = call("data", "add", str(pictures))
    assert "Files of other kinds are left out: 1 .heic. To use pictures that are .heic, save them" in result.stderr
    assert "1 .heic" in call("data", "check", "folder", "--folder", str(pictures)).stdout
    packed = shutil.make_archive(str(tmp_path / "holiday"), "zip", pictures)
    assert "1 .heic" in call("data", "add", packed).stderr
    Image.new("RGB", (9, 9)).save(pictures / "loose.png")
    assert (
        "no classes, since 1 picture lies beside the sub-folders cats, dogs"
        in call("data", "add", str(pictures)).stdout
    )


def test_a_zip_that_cannot_be_used_leaves_its_name_free(pictures: Path, tmp_path: Path):
    shutil.rmtree(pictures / "cats")
    packed = shutil.make_archive(str(tmp_path / "holiday"), "zip", pictures)
    for _ in range(2):
        result = call("data", "add", packed)
        assert result.exit_code == 1 and "“holiday” has only 10 that can be used" in result.stderr
    assert not list((tmp_path / "data" / "folders").glob("[!.]*"))


def test_a_collection_is_removed(pictures: Path, tmp_path: Path):
    packed = shutil.make_archive(str(tmp_path / "holiday"), "zip", pictures)
    call("data", "add", packed)
    assert call("data", "remove", "holiday", stdin="n\n").exit_code == 1
    assert call("data", "remove", "holiday", "--yes").stdout == "Deleted holiday\n"
    assert "there is no collection 'holiday'" in refusal("data", "remove", "holiday", "--yes", exit_code=1)


def test_names_in_a_zip_are_guessed_said_and_chosen(pictures: Path, tmp_path: Path):
    packed = tmp_path / "holiday.zip"
    shutil.make_archive(str(packed.with_suffix("")), "zip", pictures)
    packed.write_bytes(packed.read_bytes().replace(b"cats/", "öl/x".encode("cp437") + b"/"))
    result = call("data", "add", str(packed))
    assert "were read as Japanese (Shift-JIS); if they are wrong, remove" in result.stderr
    assert "data remove holiday" in result.stderr
    result = call("data", "add", str(packed), "--name", "again", "--encoding", "cp437")
    assert "in classes dogs (10), öl (10)" in result.stdout and "were read as" not in result.stderr
    assert "unknown --encoding 'cp43': did you mean 'cp437'?" in refusal(
        *("data", "add", str(packed), "--encoding", "cp43"), exit_code=2
    )
    assert "--encoding is for a zip" in refusal("data", "add", str(pictures), "--encoding", "cp437", exit_code=2)


NO_PATHS = {
    "data add": ("data", "add", ""),
    "runs csv --to": ("runs", "csv", "RUN", "--to", ""),
    "runs --checkpoints": ("runs", "--checkpoints", ""),
    "export --out": ("export", "RUN", "--as", "html", "--out", ""),
    "walk --out": ("walk", "RUN", "--out", ""),
}


@pytest.mark.parametrize("words", NO_PATHS.values(), ids=NO_PATHS.keys())
def test_no_path_is_not_the_current_folder(checkpoints: Path, words: tuple[str, ...]):
    run = a_run(checkpoints)
    refused = refusal(*(run.id if word == "RUN" else word for word in words), exit_code=2)
    assert "must be a path, got ''" in refused or "--out must end in" in refused


def test_home_is_meant_by_a_tilde(pictures: Path, checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    run = a_run(checkpoints)
    assert "20 pictures ready" in call("data", "add", "~/my pictures").stdout
    shutil.move(checkpoints, tmp_path / "moved")
    for words in (("csv", run.id, "--to", "~/a.csv"), ("list",)):
        assert call("runs", *words, "--checkpoints", "~/moved").exit_code == 0
    assert call("sample", run.id, "--checkpoints", "~/moved", "--out", "~/a.png", "--count", "4").exit_code == 0
    assert (
        call("export", run.id, "--checkpoints", "~/moved", "--as", "safetensors", "--out", "~/a.safetensors").exit_code
        == 0
    )
    assert {"a.csv", "a.png", "a.safetensors"} <= {path.name for path in tmp_path.iterdir()}


def test_sample_writes_the_grid_that_the_explorer_draws(checkpoints: Path, tmp_path: Path):
    run, target = a_run(checkpoints), tmp_path / "grid.png"
    result = call("sample", run.id, "--seed", "7", "--count", "6", "--scale", "2", "--out", str(target))
    assert result.stdout == f"Wrote {target}: 6 images of step 500\n"
    loaded = Explorer(Runs(checkpoints)).load(run.id, 500)
    images = draw(loaded, loaded.space.of_seed(7, 6))
    assert np.array_equal(pixels_of(target), enlarge(make_grid(images), 2)[..., 0])


def test_sample_draws_from_a_snapshot_file_what_its_run_draws(
    checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    run = a_run(checkpoints)
    assert call("sample", run.id, "--count", "4").exit_code == 0
    snapshot = run.snapshot_path(500).rename(tmp_path / "taken.safetensors")
    result = call("sample", str(snapshot), "--count", "4")
    assert result.stdout == "Wrote taken-step500-seed0.png: 4 images of step 500\n", result.output
    assert (tmp_path / "taken-step500-seed0.png").read_bytes() == Path(f"{run.id}-step500-seed0.png").read_bytes()


def test_sample_writes_a_strip_between_two_seeds(checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run = a_run(checkpoints)
    result = call("sample", run.id, "--seed", "7", "--to", "8", "--frames", "3", "--path", "lerp", "--scale", "1")
    assert result.exit_code == 0
    loaded = Explorer(Runs(checkpoints)).load(run.id, 500)
    images = walk_pictures(loaded, [key_of_seed(loaded, seed) for seed in (7, 8)], Walk(3, "lerp", even=False))
    written = pixels_of(tmp_path / f"{run.id}-step500-seed7-8.png")
    assert np.array_equal(written, make_grid(images, columns=3)[..., 0])


def test_a_file_is_overwritten_only_when_forced(checkpoints: Path, tmp_path: Path):
    run, target = a_run(checkpoints), tmp_path / "grid.png"
    target.write_text("precious")
    sentence = refusal("sample", run.id, "--out", str(target), exit_code=1)
    assert sentence == f"{target} exists already: name another file with --out, or overwrite it with --force"
    assert target.read_text() == "precious"
    assert call("sample", run.id, "--out", str(target), "--force").exit_code == 0
    assert target.read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_is_not_there_is_named(checkpoints: Path, tmp_path: Path):
    run = a_run(checkpoints)
    sentence = refusal("sample", run.id, "--out", str(tmp_path / "no" / "grid.png"), exit_code=1)
    assert "grid.png cannot be written (No such file or directory)" in sentence
