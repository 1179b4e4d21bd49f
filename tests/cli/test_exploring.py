"""walk, invert, directions and neighbours: files that hold what was asked for, and refusals in one sentence."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import numpy as np
import orjson
import pytest
import torch
from calling import a_run, call, refusal
from PIL import Image

from ganlab.explore import Explorer, Key, directions_of, draw, features, key_from_json, key_to_json
from ganlab.explore.films import enlarged
from ganlab.runs import Run, Runs
from ganlab.runs.directions import kept_directions

SHIPPED = Path(__file__).parents[2] / "checkpoints"


@pytest.fixture
def run(checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return a_run(checkpoints)


def pixels_of(path: str) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def first_of(run: Run, seed: int) -> np.ndarray:
    loaded = Explorer(Runs(run.path.parent)).load(run.id)
    return draw(loaded, loaded.space.of_seed(seed))[0]


def near(one: np.ndarray, other: np.ndarray) -> bool:
    """Other batch sizes may round differently in the last bit."""
    return bool(np.abs(one.astype(int) - other.astype(int)).max() <= 1)


def test_a_strip_begins_and_ends_at_its_keys(run: Run):
    result = call("walk", run.id, "--keys", "3,9,4", "--frames", "5", "--size", "16", "--out", "strip.png")
    assert result.stdout == f"Wrote strip.png: 5 pictures of run '{run.id}', step 500\n"
    strip = pixels_of("strip.png")
    assert strip.shape == (16, 5 * 17 - 1)
    assert near(strip[:, :16], first_of(run, 3)[..., 0])
    assert near(strip[:, -16:], first_of(run, 4)[..., 0])


@pytest.mark.parametrize("name", ["w.gif", "w.webp"])
def test_a_film_is_as_long_as_asked(run: Run, name: str):
    call("walk", run.id, "--seconds", "0.5", "--fps", "20", "--size", "20", "--out", name)
    with Image.open(name) as film:
        assert (film.n_frames, film.size) == (10, (20, 20))  # pyright: ignore[reportAttributeAccessIssue]


def test_an_mp4_is_the_default_and_is_not_overwritten(run: Run):
    words = ("walk", run.id, "--frames", "3", "--quiet")
    assert call(*words).stdout.startswith(f"Wrote {run.id}-walk.mp4: 3 pictures")
    assert Path(f"{run.id}-walk.mp4").read_bytes()[4:8] == b"ftyp"
    assert "exists already" in refusal(*words, exit_code=1)
    assert call(*words, "--force").exit_code == 0


def test_frames_go_into_a_new_folder_and_never_into_one_that_is_there(run: Run):
    assert call("walk", run.id, "--frames", "3", "--size", "16", "--out", "frames").exit_code == 0
    assert sorted(path.name for path in Path("frames").iterdir()) == ["0000.png", "0001.png", "0002.png"]
    for force in ([], ["--force"]):
        assert "is a folder that exists already" in refusal("walk", run.id, "--out", "frames", *force, exit_code=1)
    assert len(list(Path("frames").iterdir())) == 3


def test_a_walk_progresses_on_stderr_unless_quiet(run: Run):
    words = ("walk", run.id, "--frames", "3", "--size", "16", "--force", "--out", "w.png")
    assert "Walking …" in call(*words).stderr
    assert call(*words, "--quiet").stderr == ""


@pytest.mark.parametrize("out", ["w.gif", "w.png"])
def test_a_full_disk_is_said_in_a_sentence(run: Run, out: str, monkeypatch: pytest.MonkeyPatch):
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ganlab.explore.films.write_atomically", full)
    words = ("walk", run.id, "--frames", "2", "--size", "16", "--quiet", "--out", out)
    assert refusal(*words, exit_code=1) == (
        f"{out} cannot be written (No space left on device): name another file with --out"
    )
    assert not Path(out).exists()


def test_a_truncated_walk_to_0_stands_at_the_mean(run: Run):
    call("walk", run.id, "--truncation", "0", "--frames", "3", "--size", "16", "--out", "w.png")
    strip = pixels_of("w.png")
    assert near(strip[:, :16], strip[:, 34:50])


def test_samples_of_the_generator_as_trained_are_others(run: Run):
    for weights in ("average", "generator"):
        assert call("sample", run.id, "--weights", weights, "--count", "1", "--out", f"{weights}.png").exit_code == 0
        assert call("sample", run.id, "--weights", weights, "--to", "1", "--out", f"{weights}-strip.png").exit_code == 0
    for kind in ("", "-strip"):
        assert not np.array_equal(pixels_of(f"average{kind}.png"), pixels_of(f"generator{kind}.png"))


def test_a_walk_over_the_ages_has_a_row_for_each_key(run: Run):
    call("walk", run.id, "--keys", "1,2", "--ages", "--size", "16", "--out", "ages.png")
    sheet = pixels_of("ages.png")
    assert sheet.shape == (2 * 17 - 1, 16)
    assert near(sheet[17:], first_of(run, 2)[..., 0])


def test_films_over_the_training_have_a_frame_for_each_snapshot_and_for_each_grid(run: Run):
    call("walk", run.id, "--keys", "1,2", "--ages", "--size", "64", "--out", "ages.gif")
    with Image.open("ages.gif") as film:
        assert film.n_frames == len(run.snapshot_steps())  # pyright: ignore[reportAttributeAccessIssue]
        assert film.info["duration"] == 250
    assert "has no grid of samples yet" in refusal("walk", run.id, "--samples", exit_code=1)
    for step in (0, 1):
        run.save_sample(step, np.full((4, 16, 16, 1), 100 * step, np.uint8))
    call("walk", run.id, "--samples", "--fps", "10", "--out", "training.webp")
    with Image.open("training.webp") as film:
        assert film.n_frames == 2  # pyright: ignore[reportAttributeAccessIssue]
        film.load()
        assert film.info["duration"] == 100


def test_a_snapshot_file_from_anywhere_is_walked_in(run: Run):
    shutil.copy(run.snapshot_path(500), "gift.safetensors")
    for weights in ("average", "generator"):
        assert call("walk", "gift.safetensors", "--weights", weights, "--out", f"{weights}.png").exit_code == 0
    assert not np.array_equal(pixels_of("average.png"), pixels_of("generator.png")), "they differ from the first step"
    Path("torn.safetensors").write_bytes(Path("gift.safetensors").read_bytes()[:-9])
    assert "torn.safetensors is damaged" in refusal("walk", "torn.safetensors", exit_code=1)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--keys 1,two", "--keys must be seeds, sums of them, SEED@CLASS or files of invert (.json), got 'two'"),
        ("--keys 1@x", "--keys behind @ must be a class (3), or some of several (3+5, 3:1+5:3), got 'x'"),
        ("--keys 1+,2", "got '1+'"),
        ("--keys 1,none.json", "none.json cannot be read"),
        ("--keys 1", "the number of keys must be a whole number from 2 to 64, got 1"),
        ("--keys 1@3,2", "no classes to choose from"),
        ("--keys 1@3+5,2", "no classes to choose from"),
        ("--keys 1,2 --random 3", "give one of the two"),
        ("--random 99", "the number of keys must be"),
        ("--path spiral", "path cannot be 'spiral'"),
        ("--seconds 0", "--seconds must be a number from 0.1 to 1800, got 0"),
        ("--frames 1", "frames must be"),
        ("--fps 61", "fps must be a whole number from 1 to 60, got 61"),
        ("--size 8", "size must be"),
        ("--truncation 2", "--truncation must be a number from 0 to 1, got 2"),
        ("--grid 3", "--grid must be 2 whole numbers with commas between, got '3'"),
        ("--grid 3,3 --keys 1,2", "a grid has four corners, got 2"),
        ("--grid 3,3 --ages", "give one of the two"),
        ("--samples --ages", "--ages and --samples are two things: give one of the two"),
        ("--samples --keys 1,2", "leave out --keys and --random"),
        ("--ages --out ages.gif --size 8", "size must be"),
        ("--grid 3,3 --out grid.gif", "--out must end in .png, got 'grid.gif'"),
        ("--out walk.avi", "--out must end in .mp4, .gif, .webp or .png, or name a folder, got 'walk.avi'"),
        ("--snapshot first", "--snapshot must be a step or 'last'"),
    ],
)
def test_a_walk_that_cannot_be_is_refused_with_code_2(run: Run, words: str, sentence: str):
    assert sentence in refusal("walk", run.id, "--quiet", *words.split(), exit_code=2)
    assert not list(Path().glob("*.*")), "nothing was written"


@pytest.mark.parametrize(("words", "turned"), [((), True), (("--keep-colours",), False), (("--invert-colours",), True)])
def test_a_picture_that_looks_negative_is_turned_about_unless_it_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], turned: bool
):
    monkeypatch.chdir(tmp_path)
    run = Runs(SHIPPED).get("digits-quick")
    pixels = 255 - first_of(run, 5)[..., 0]
    Image.fromarray(pixels).save("negative.png")
    options = ("--steps", "1", "--starts", "1", "--out", "pair.png", "--checkpoints", str(SHIPPED))
    result = call("invert", run.id, "negative.png", *options, *words)
    assert result.exit_code == 0, result.output
    assert ("looks like a negative" in result.stderr) == (not words)
    looked_for = np.array_split(pixels_of("pair.png"), 2, axis=1)[0]
    assert (looked_for.mean() < 128) == turned


def test_what_is_found_can_be_walked_from(run: Run):
    Image.fromarray(enlarged(first_of(run, 5), 64)[..., 0]).save("mine.png")
    words = ("--steps", "40", "--out", "pair.png", "--latent", "found.json")
    result = call("invert", run.id, "mine.png", *words)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Found to ")
    assert result.stdout.endswith("Wrote pair.png\nWrote found.json\n")
    assert pixels_of("pair.png").shape == (112, 225)
    content = Path("found.json").read_bytes()
    assert orjson.loads(content)["source"] == f"run '{run.id}'"
    loaded = Explorer(Runs(run.path.parent)).load(run.id)
    key: Key = key_from_json(content)
    call("walk", run.id, "--keys", "found.json,1", "--frames", "2", "--size", "16", "--out", "w.png")
    assert near(pixels_of("w.png")[:, :16], draw(loaded, key.latent[None])[0, ..., 0])


@pytest.mark.parametrize(
    ("words", "sentence", "code"),
    [
        ("", "give either a PICTURE or an --example", 2),
        ("a.png --example 3", "give either a PICTURE or an --example", 2),
        ("nothing.png", "nothing.png cannot be read (No such file or directory): name a picture file", 1),
        ("text.png", "text.png cannot be used (not a picture, whatever its name says)", 1),
        ("--example 99999", "--example must be a whole number from 0 to 22, got 99999", 2),
        ("--example 1 --steps 0", "steps must be", 2),
        ("--example 1 --label 3", "no classes to choose from", 2),
        ("--example 1 --latent z.txt", "--latent must end in .json, got 'z.txt'", 2),
    ],
)
def test_a_search_that_cannot_be_is_refused(run: Run, made_up_data: None, words: str, sentence: str, code: int):
    Path("text.png").write_text("no picture")
    assert sentence in refusal("invert", run.id, "--quiet", *words.split(), exit_code=code)


@pytest.mark.parametrize("kind", ["weights", "activations", "raw"])
def test_directions_are_listed_with_falling_shares_and_drawn(run: Run, kind: str):
    result = call("directions", run.id, "--kind", kind, "--count", "3", "--out", "d.png")
    header, *rows, last = result.stdout.splitlines()
    assert header.split() == ["NUMBER", "DIRECTION", "SHARE", "OF", "VARIANCE"]
    shares = [float(row.removesuffix(" %").split()[-1]) for row in rows]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 3 and sum(shares) <= 100.2
    assert last.startswith("Wrote d.png: a row each")
    sheet = pixels_of("d.png")
    assert sheet.shape == (3 * 113 - 1, 7 * 113 - 1)
    middle = enlarged(first_of(run, 0), 112)[..., 0]
    assert near(sheet[:112, 3 * 113 : 3 * 113 + 112], middle), "without a move it is the seed's own picture"


def test_latents_are_added_and_subtracted(run: Run):
    call("walk", run.id, "--keys", "7+8-9,1", "--frames", "2", "--size", "16", "--out", "w.png")
    loaded = Explorer(Runs(run.path.parent)).load(run.id)
    seven, eight, nine = (loaded.space.of_seed(seed) for seed in (7, 8, 9))
    assert near(pixels_of("w.png")[:, :16], draw(loaded, seven + eight - nine)[0, ..., 0])


def test_a_key_is_shown_as_the_blend_that_is_typed(checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run = a_run(checkpoints, conditional=True)
    loaded = Explorer(Runs(checkpoints)).load(run.id)
    blend = torch.zeros(1, 10)
    blend[0, 3], blend[0, 5] = 0.25, 0.75
    wanted = draw(loaded, loaded.space.of_seed(7), blend)[0, ..., 0]
    call("walk", run.id, "--keys", "7@3:1+5:3,8@4", "--frames", "3", "--size", "16", "--out", "w.png")
    assert near(pixels_of("w.png")[:, :16], wanted)
    Path("key.json").write_bytes(key_to_json(Key(loaded.space.of_seed(7)[0], blend[0])))
    call("walk", run.id, "--keys", "key.json,8@4", "--frames", "3", "--size", "16", "--out", "again.png")
    assert near(pixels_of("again.png")[:, :16], wanted)
    call("sample", run.id, "--seed", "7", "--count", "1", "--label", "3:1+5:3", "--scale", "1", "--out", "s.png")
    call("export", run.id, "--as", "png", "--seed", "7", "--label", "3:1+5:3", "--scale", "1", "--out", "e.png")
    assert near(pixels_of("s.png"), wanted) and near(pixels_of("e.png"), wanted)
    assert "label is 10, but run" in refusal("walk", run.id, "--keys", "7@3+10,8", exit_code=2)


def test_a_direction_between_picked_samples_is_kept(run: Run):
    result = call("directions", run.id, "--have", "1,5", "--lack", "2", "--keep", "bold")
    assert "bold (seeds 2 → 1,5, step 500)" in result.stdout
    (kept,) = kept_directions(run)
    space = Explorer(Runs(run.path.parent)).load(run.id).space
    expected = (space.of_seed(1)[0] + space.of_seed(5)[0]) / 2 - space.of_seed(2)[0]
    assert np.allclose(kept.move, (expected / expected.norm()).tolist(), atol=1e-6)


def test_a_direction_is_kept_listed_and_forgotten(run: Run):
    assert call("directions", run.id, "--number", "2", "--keep", "slant").exit_code == 0
    (kept,) = kept_directions(run)
    loaded = Explorer(Runs(run.path.parent)).load(run.id)
    assert kept.move == tuple(directions_of(loaded).moves[1].tolist())
    assert "slant (direction 2 of the activations, step 500)" in call("directions", run.id).stdout
    assert call("directions", run.id, "--forget", "slant").stdout == "Forgot slant\n"
    assert "slant" not in call("directions", run.id).stdout
    assert "has no direction 'slant'" in refusal("directions", run.id, "--forget", "slant", exit_code=2)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--keep x", "--keep needs to know which direction: give its --number, --classes, or --have and --lack"),
        ("--keep x --number 9", "--number must be a whole number from 1 to 3, got 9"),
        ("--count 0", "--count must be"),
        ("--reach 0", "--reach must be"),
        ("--have 1", "--have and --lack belong together"),
        ("--have 1 --lack 1", "got the same seeds twice"),
        ("--have 1 --lack x", "--lack must be whole numbers with commas between, got 'x'"),
        ("--have 1 --lack 2 --classes 3,5", "give one of the two"),
        ("--classes 3", "--classes must be two classes with a comma between, got '3'"),
        ("--classes 3,eleven", "class cannot be 'eleven'"),
        ("--out d.jpg", "--out must end in .png"),
    ],
)
def test_directions_that_cannot_be_are_refused(run: Run, made_up_data: None, words: str, sentence: str):
    assert sentence in refusal("directions", run.id, "--quiet", *words.split(), exit_code=2)


def test_neighbours_tell_copies_and_show_them(run: Run, made_up_data: None):
    result = call("neighbours", run.id, "--count", "3", "--nearest", "2", "--out", "n.png")
    header, *rows, verdict, wrote = result.stdout.splitlines()
    assert header.split()[:2] == ["SAMPLE", "NEAREST"]
    assert len(rows) == 3
    assert verdict.startswith("Compared by pixels. The nearest training picture is ")
    assert wrote.startswith("Wrote n.png")
    sheet = pixels_of("n.png")
    assert sheet.shape == (3 * 113 - 1, 3 * 113 - 1)
    assert near(sheet[:112, :112], enlarged(first_of(run, 0), 112)[..., 0])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--nearest 40", "nearest must be a whole number from 1 to 22, got 40"),
        ("--count 0", "--count must be a whole number from 1 to 10000, got 0"),
        ("--seed -1", "--seed must be"),
    ],
)
def test_neighbours_that_cannot_be_are_refused(run: Run, made_up_data: None, words: str, sentence: str):
    assert sentence in refusal("neighbours", run.id, "--quiet", *words.split(), exit_code=2)


def test_diversity_is_told_by_class(run: Run, made_up_data: None, monkeypatch: pytest.MonkeyPatch):
    train = features.train_classifier
    monkeypatch.setattr(features, "train_classifier", lambda data, **given: train(data, steps=5, **given))
    result = call("neighbours", run.id, "--diversity", "--count", "30", "--quiet")
    header, *rows, verdict = result.stdout.splitlines()
    assert header.split() == ["CLASS", "SAMPLES", "REAL", "SPREAD"]
    assert [row.split()[0] for row in rows] == list("0123456789")
    assert verdict.startswith("A small classifier is sure of ")
    assert " of 30 samples and takes " in verdict
    assert " of held-out pictures it is sure of " in verdict or " of training pictures it is sure of " in verdict
