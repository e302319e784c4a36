from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.layouts.recognition import LAYOUTS
from engine.data.pair_set import load_pairs
from engine.data.pairs import find_pairs
from engine.data.split import split_scenes
from engine.errors import PairsError
from engine.events import Notice


def tree(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def found(root: Path, scale: int) -> dict[str, tuple[str, str]]:
    def shown(path):
        return path.name if not path.is_relative_to(root) else path.relative_to(root).as_posix()

    return {p.name: (shown(p.lr), shown(p.hr)) for p in find_pairs(root, scale=scale).pairs}


def parts(root: Path, scale: int) -> dict[str, str | None]:
    return {pair.name: pair.part for pair in find_pairs(root, scale=scale).pairs}


@pytest.fixture
def realsr(tmp_path: Path) -> Path:
    return tree(
        tmp_path,
        *(
            f"RealSR(V3)/{camera}/{part}/{scale}/{camera}_{number:03}_{side}.png"
            for camera in ("Canon", "Nikon")
            for part, number in (("Train", 1), ("Train", 2), ("Test", 1))
            for scale in (2, 3, 4)
            for side in ("HR", f"LR{scale}")
        ),
    ) / ("RealSR(V3)")


@pytest.fixture
def drealsr(tmp_path: Path) -> Path:
    names = [
        f"x{s}/{part}_x{s}/{part.lower()}_{side}/DSC_1286{patch}_x{1 if side == 'HR' else s}{end}.png"
        for s in (2, 4)
        for part, patch, end in (("Train", "", "_01"), ("Train", "", "_02"), ("Test", "", ""))
        for side in ("LR", "HR")
    ]
    return tree(tmp_path / "DRealSR", *names)


@pytest.fixture
def dped(tmp_path: Path) -> Path:
    names = [
        f"{phone}/{place}/{side}/{number}.jpg"
        for phone in ("iphone", "sony")
        for place in ("training_data", "test_data/patches")
        for side in (phone, "canon")
        for number in (0, 1)
    ]
    names += [f"iphone/test_data/full_size_test_images/{number}.jpg" for number in (0, 1)]
    return tree(tmp_path / "dped", *names)


@pytest.fixture
def div2k(tmp_path: Path) -> Path:
    names = [f"DIV2K_train_HR/{n:04}.png" for n in (1, 2)] + ["DIV2K_valid_HR/0801.png"]
    for track in ("bicubic", "unknown"):
        for scale in (2, 4):
            names += [f"DIV2K_train_LR_{track}/X{scale}/{n:04}x{scale}.png" for n in (1, 2)]
            names += [f"DIV2K_valid_LR_{track}/X{scale}/0801x{scale}.png"]
    return tree(tmp_path / "DIV2K", *names)


@pytest.fixture
def city100(tmp_path: Path) -> Path:
    cameras = ("City100_iPhoneX", "City100_NikonD5500")
    names = [f"{c}/{n:03}{side}.PNG" for c in cameras for n in (1, 2) for side in "HL"]
    return tree(tmp_path / "City100", *names)


def test_realsr_is_recognised_from_its_top_with_its_cameras_and_its_own_split(realsr: Path):
    scan = find_pairs(realsr, scale=3)
    assert scan.layout == "RealSR"
    assert "Canon and Nikon" in scan.notice
    assert scan.skipped == ()
    assert found(realsr, 3)["Nikon/Test/Nikon_001"] == (
        "Nikon/Test/3/Nikon_001_LR3.png",
        "Nikon/Test/3/Nikon_001_HR.png",
    )
    assert len(scan.pairs) == 6
    assert scan.test_names == {"Canon/Test/Canon_001", "Nikon/Test/Nikon_001"}
    # Canon_001 of Train and of Test are different photos.
    assert len({pair.scene for pair in scan.pairs}) == 6


@pytest.mark.parametrize(
    ("below", "names", "notice"),
    [
        ("Canon", {"Train/Canon_001", "Train/Canon_002", "Test/Canon_001"}, ""),
        ("Canon/Train", {"Canon_001", "Canon_002"}, ""),
        ("Nikon/Test/2", {"Nikon_001"}, ""),
    ],
)
def test_a_part_of_realsr_is_recognised_too(realsr: Path, below: str, names: set, notice: str):
    scan = find_pairs(realsr / below, scale=2)
    assert (scan.layout, scan.notice) == ("RealSR", notice)
    assert {pair.name for pair in scan.pairs} == names


def test_a_scale_that_a_data_set_does_not_have_is_said(realsr: Path, drealsr: Path):
    with pytest.raises(PairsError, match=r"RealSR with pairs for ×2, not for ×4.*Choose the scale"):
        find_pairs(realsr / "Canon" / "Test" / "2", scale=4)
    with pytest.raises(PairsError, match="×2 and ×4, not for ×3"):
        find_pairs(drealsr, scale=3)


@pytest.mark.parametrize("here", [".", "../2", ".."])
def test_a_part_is_recognised_from_within(realsr: Path, monkeypatch, here: str):
    monkeypatch.chdir(realsr / "Canon" / "Test" / "2")
    scan = find_pairs(Path(here), scale=2)
    assert scan.layout == "RealSR"
    assert [pair.name for pair in scan.pairs] == ["Canon_001"]


def test_drealsr_matches_x1_with_the_scale_and_keeps_patches_of_a_photo_together(drealsr: Path):
    assert found(drealsr, 4) == {
        "Test_x4/DSC_1286": (
            "x4/Test_x4/test_LR/DSC_1286_x4.png",
            "x4/Test_x4/test_HR/DSC_1286_x1.png",
        ),
        "Train_x4/DSC_1286_01": (
            "x4/Train_x4/train_LR/DSC_1286_x4_01.png",
            "x4/Train_x4/train_HR/DSC_1286_x1_01.png",
        ),
        "Train_x4/DSC_1286_02": (
            "x4/Train_x4/train_LR/DSC_1286_x4_02.png",
            "x4/Train_x4/train_HR/DSC_1286_x1_02.png",
        ),
    }
    scan = find_pairs(drealsr, scale=4)
    assert scan.layout == "DRealSR"
    assert scan.test_names == {"Test_x4/DSC_1286"}
    train = {pair.scene for pair in scan.pairs if pair.part == "train"}
    assert train == {"Train_x4/DSC_1286"}
    assert find_pairs(drealsr / "x2" / "Train_x2", scale=2).layout == "DRealSR"


def test_dped_pairs_a_phone_with_the_camera_and_not_full_photos(dped: Path):
    scan = find_pairs(dped / "iphone", scale=2)
    assert scan.layout == "DPED"
    assert parts(dped / "iphone", 2) == {
        "patches/0": "test",
        "patches/1": "test",
        "training_data/0": "train",
        "training_data/1": "train",
    }
    assert found(dped / "iphone", 2)["patches/1"] == (
        "test_data/patches/iphone/1.jpg",
        "test_data/patches/canon/1.jpg",
    )
    both = find_pairs(dped, scale=2)
    assert len(both.pairs) == 8
    assert "iphone and sony" in both.notice
    only = find_pairs(dped / "sony" / "training_data", scale=2)
    assert [pair.lr.parent.name for pair in only.pairs] == ["sony", "sony"]
    assert "does not say which patches" in only.notice


def test_div2k_needs_a_choice_between_its_tracks_and_then_respects_its_split(div2k: Path):
    with pytest.raises(PairsError, match="several ways: bicubic and unknown") as caught:
        find_pairs(div2k, scale=2)
    assert "DIV2K_train_LR_bicubic and DIV2K_train_LR_unknown" in caught.value.remedy
    chosen = find_pairs(div2k / "DIV2K_train_LR_unknown", scale=2)
    assert chosen.layout == "DIV2K"
    assert [(p.name, p.lr.name, p.hr.name) for p in chosen.pairs] == [
        ("0001", "0001x2.png", "0001.png"),
        ("0002", "0002x2.png", "0002.png"),
    ]
    assert chosen.pairs[0].hr == div2k / "DIV2K_train_HR" / "0001.png"
    one = find_pairs(div2k / "DIV2K_train_LR_bicubic" / "X4", scale=4)
    assert {pair.lr.parent.name for pair in one.pairs} == {"X4"}


def test_div2k_with_one_track_is_taken_whole(tmp_path: Path):
    tree(tmp_path, "DIV2K_train_HR/0001.png", "DIV2K_train_LR_mild/0001x4m.png")
    tree(tmp_path, "DIV2K_valid_HR/0801.png", "DIV2K_valid_LR_mild/0801x4m.png")
    assert parts(tmp_path, 4) == {"train/0001": "train", "test/0801": "test"}
    with pytest.raises(PairsError, match="×4, not for ×2"):
        find_pairs(tmp_path, scale=2)


def test_folders_like_div2k_of_another_name_are_known(tmp_path: Path):
    tree(tmp_path, "HR/a.png", "LR_bicubic/X2/ax2.png", "LR_bicubic/X3/ax3.png")
    assert found(tmp_path, 3) == {"a": ("LR_bicubic/X3/ax3.png", "HR/a.png")}


@pytest.mark.parametrize(("lr", "hr"), [("test_LR", "test_HR"), ("lq", "gt")])
def test_stablesr_sets_are_for_scale_4(tmp_path: Path, lr: str, hr: str):
    tree(tmp_path, f"RealSRVal_crop128/{lr}/a.png", f"RealSRVal_crop128/{hr}/a.png")
    tree(tmp_path, f"DIV2K_V2_val/{lr}/a.png", f"DIV2K_V2_val/{hr}/a.png")
    scan = find_pairs(tmp_path, scale=4)
    assert scan.layout == "StableSR's validation sets"
    assert [pair.name for pair in scan.pairs] == ["DIV2K_V2_val/a", "RealSRVal_crop128/a"]
    assert [p.name for p in find_pairs(tmp_path / "DIV2K_V2_val", scale=4).pairs] == ["a"]
    # All of it is for checking, and none for training: whoever trains on it splits it.
    assert scan.test_names == frozenset()


def test_city100_pairs_l_with_h_and_names_its_cameras(city100: Path):
    scan = find_pairs(city100 / "City100_iPhoneX", scale=2)
    assert scan.layout == "City100"
    assert [(p.name, p.lr.name, p.hr.name) for p in scan.pairs] == [
        ("001", "001L.PNG", "001H.PNG"),
        ("002", "002L.PNG", "002H.PNG"),
    ]
    both = find_pairs(city100, scale=2)
    assert len(both.pairs) == 4
    assert "City100_iPhoneX and City100_NikonD5500" in both.notice


@pytest.mark.parametrize(
    ("lr", "hr", "layout"),
    [
        ("LR", "HR", "LR and HR folders"),
        ("lq", "gt", "LR and HR folders"),
        ("inputs", "target", "LR and HR folders"),
        ("train_LR", "train_HR", "LR and HR folders"),
        ("LR_registered", "HR", "Registered LR and HR folders"),
    ],
)
def test_folders_people_make_are_known(tmp_path: Path, lr: str, hr: str, layout: str):
    tree(tmp_path, f"{lr}/a.png", f"{hr}/a.png")
    assert found(tmp_path, 2) == {"a": (f"{lr}/a.png", f"{hr}/a.png")}
    assert find_pairs(tmp_path, scale=2).layout == layout


def test_folders_train_and_test_are_kept_apart(tmp_path: Path):
    tree(tmp_path, "Train/LR/a.png", "Train/HR/a.png", "val/LR/a.png", "val/HR/a.png")
    scan = find_pairs(tmp_path, scale=2)
    assert {pair.name: pair.part for pair in scan.pairs} == {"train/a": "train", "val/a": "test"}
    assert len({pair.scene for pair in scan.pairs}) == 2


@pytest.mark.parametrize(
    ("names", "scale", "says"),
    [
        (["RealSR/Canon/photos/a.png"], 2, "RealSR, but Canon holds neither Train nor Test"),
        (["Canon/Train/a.png"], 2, "RealSR, but Canon/Train holds no folder 2, 3 or 4"),
        (
            ["Canon/Train/2/Canon_001_HR.png", "Canon/Test/2/Canon_001_HR.png"],
            2,
            "Canon/Test/2 holds no two photos whose names make a pair",
        ),
        (["Train_x2/train_LR/a_x2.png"], 2, "DRealSR, but Train_x2 holds no folder train_HR"),
        (["Train_x2/a.png"], 2, "DRealSR, but Train_x2 holds no folders of LR and HR"),
        (
            ["iphone/training_data/iphone/0.jpg", "iphone/test_data/x.txt"],
            2,
            "DPED, but iphone/training_data holds no folder canon",
        ),
        (
            ["DIV2K_train_HR/0001.png", "DIV2K_train_LR_bicubic/X2/notes.txt"],
            2,
            "DIV2K, but DIV2K_train_LR_bicubic/X2 holds no photos",
        ),
        (
            ["DIV2K_train_LR_bicubic/X2/0001x2.png"],
            2,
            "DIV2K, but there is DIV2K_train_LR_bicubic and no folder DIV2K_train_HR beside it",
        ),
        (["DIV2K_train_HR/0001.png"], 2, "DIV2K_train_HR and no folder of LR beside it"),
        (["RealSRVal_crop128/test_LR/a.png"], 4, "test_LR and no folder test_HR beside it"),
        (["001L.PNG", "002L.PNG"], 2, "City100, but the folder holds photos named like 001L"),
        (["a/b.png"], 2, "no folder whose name starts with LR"),
    ],
)
def test_a_near_miss_is_named(tmp_path: Path, names: list[str], scale: int, says: str):
    root = tree(
        tmp_path / "RealSR" if names[0].startswith("RealSR/") else tmp_path,
        *[name.removeprefix("RealSR/") for name in names],
    )
    with pytest.raises(PairsError) as caught:
        find_pairs(root, scale=scale)
    assert says in caught.value.what
    assert caught.value.path == root
    assert caught.value.remedy


def test_folders_that_only_share_a_name_with_a_data_set_are_not_mistaken_for_it(tmp_path: Path):
    tree(tmp_path, "canon/a.jpg", "iphone/a.jpg")
    with pytest.raises(PairsError, match="no folder whose name starts with LR"):
        find_pairs(tmp_path, scale=2)


def test_every_layout_leaves_an_empty_folder_to_the_others(tmp_path: Path):
    assert [name for name in LAYOUTS if LAYOUTS.get(name)(tmp_path, 2) is not None] == []


def photo(path: Path, side: int, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def test_what_a_data_set_keeps_for_testing_is_never_learnt_from(tmp_path: Path):
    for part, count in (("Train", 3), ("Test", 3)):
        for number in range(count):
            stem = tmp_path / "data" / "Canon" / part / "2" / f"Canon_{number:03}"
            photo(stem.with_name(f"{stem.name}_HR.png"), 64, number)
            photo(stem.with_name(f"{stem.name}_LR2.png"), 32, number)
    pairs = load_pairs(tmp_path / "data", scale=2, cache_dir=tmp_path / "cache")
    assert len(pairs.test_names) == 3
    split = split_scenes(pairs, val=2, seed=0, test_names=pairs.test_names)
    assert len(split.val) == 2
    assert all(name.startswith("Canon/Test/") for name in split.val)
    assert len(split.train) == 3
    assert not pairs.test_names.intersection(split.train)
    assert pairs.subset(split.train).test_names == frozenset()
    named = split_scenes(pairs, val=[pairs.scenes[-1]], seed=0, test_names=pairs.test_names)
    assert not pairs.test_names.intersection(named.train)


def test_hr_outside_the_chosen_folder_is_read(tmp_path: Path):
    for number in (1, 2):
        photo(tmp_path / "DIV2K_train_HR" / f"{number:04}.png", 64, number)
        photo(tmp_path / "DIV2K_train_LR_bicubic" / "X2" / f"{number:04}x2.png", 32, number)
    events: list = []
    pairs = load_pairs(
        tmp_path / "DIV2K_train_LR_bicubic" / "X2",
        scale=2,
        cache_dir=tmp_path / "cache",
        emit=events.append,
    )
    assert pairs.names == ("0001", "0002")
    assert not [event for event in events if isinstance(event, Notice)]
