"""Whose an image is: said by a file in the folder, by names of files where somebody asks for it, or by nobody."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.images import png_bytes
from ecg_core.data.image_folder import ScannedFolder, load, scan
from ecg_core.data.image_patients import image_patients, patients_sentence
from ecg_core.errors import DataError


def folder_of(place: Path, *images: str, csv: str | None = None) -> ScannedFolder:
    """A folder of small images that differ, with a `patients.csv` of that text."""
    for k, image in enumerate(images):
        path = place / image
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png_bytes(np.full((16, 16), 10 * k, np.uint8), {}))
    if csv is not None:
        (place / "patients.csv").write_text(csv, encoding="utf-8")
    return scan(place)


def test_a_folder_without_a_file_says_nothing_whatever_its_images_are_called(tmp_path: Path) -> None:
    found = image_patients(folder_of(tmp_path, "N/p1_1.png", "N/p1_2.png", "V/p2_1.png"))
    assert found is None
    assert patients_sentence(found) == (
        "Nothing says which images are of one patient, so figures flatter. A patients.csv in the folder can: "
        "image,patient, then a line such as V/beat7.png,p01 for each."
    )


def test_a_file_names_the_patient_of_each_image_and_is_no_file_left_out(tmp_path: Path) -> None:
    csv = "\ufeffImage,Patient\nV/b.png,p2\nN\\a.png, p1\nN/c.png,p2\nN/gone.png,p9\n"
    scanned = folder_of(tmp_path, "N/a.png", "N/c.png", "V/b.png", csv=csv)
    assert scanned.rejected == ()
    found = image_patients(scanned)
    assert found is not None
    assert found.by_class == {"N": ("p1", "p2"), "V": ("p2",)}
    assert patients_sentence(found) == "2 patients, by patients.csv."


def test_patients_come_in_the_order_images_are_loaded_in(tmp_path: Path) -> None:
    names = [f"{label}/p{k % 3}_{k}.png" for k in range(7) for label in ("V", "N")]
    scanned = folder_of(tmp_path, *names)
    found = image_patients(scanned, "name")
    assert found is not None
    shade = {tuple(path.relative_to(tmp_path).parts): 10 * names.index(str(path.relative_to(tmp_path)))
             for paths in scanned.files.values() for path in paths}  # fmt: skip
    images, _ = load(scanned, 16, grey=True)
    patient_of_shade = {value: parts[1].partition("_")[0] for parts, value in shade.items()}
    assert found.of(scanned.classes).tolist() == [patient_of_shade[int(image[0, 0])] for image in images]
    assert found.of(["V"]).tolist() == [f"p{k % 3}" for k in sorted(range(7), key=lambda k: f"p{k % 3}_{k}")]


def test_only_a_file_at_the_top_is_read(tmp_path: Path) -> None:
    scanned = folder_of(tmp_path, "N/a.png", "V/b.png")
    (tmp_path / "N" / "patients.csv").write_text("image,patient\na.png,p1\n")
    scanned = scan(tmp_path)
    assert [one.path for one in scanned.rejected] == ["N/patients.csv"]
    assert image_patients(scanned) is None


@pytest.mark.parametrize(
    ("csv", "text"),
    [
        ("record,patient\n100,p1\n", "line 1: expected the columns image,patient, found 'record,patient'."),
        ("image,patient\nN/a.png,p1\nN/c.png\n", "line 3: patient is empty, expected an image and its patient."),
        ("image,patient\nN/a.png,p1\nN/a.png,p2\n", "line 3: image N/a.png is of patient p2 here and of p1 above."),
        ("image,patient\nN/a.png,p1\nN\\a.png,p2\n", "image N/a.png is of patient p1 and of p2. Leave one of"),
        (
            "image,patient\nN/a.png,p1\n",
            "names no patient for 2 of 3 images, the first is N/c.png. Add a line such as N/c.png,p01 for each.",
        ),
        (
            "image,patient\n/data/N/a.png,p1\n",
            "names no patient for 3 of 3 images, the first is N/a.png. It names '/data/N/a.png', for example. Add a",
        ),
        ("image,patient\nN/a.png,p1\nN/c.png,Unknown\nV/b.png,p1\n", "'Unknown' is nobody's name, at image N/c.png."),
    ],
)
def test_a_file_that_does_not_say_it_of_every_image_is_refused_with_what_to_do(
    csv: str, text: str, tmp_path: Path
) -> None:
    scanned = folder_of(tmp_path, "N/a.png", "N/c.png", "V/b.png", csv=csv)
    with pytest.raises(DataError) as caught:
        image_patients(scanned)
    assert str(caught.value).startswith("patients.csv")
    assert text in str(caught.value)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    scanned = folder_of(tmp_path / "images", "N/a.png")
    (tmp_path / "elsewhere.csv").write_text("image,patient\nN/a.png,p1\n")
    (tmp_path / "images" / "patients.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(DataError, match="is a link out of"):
        image_patients(scanned)


def test_names_up_to_the_first_underscore_are_patients_where_somebody_says_so(tmp_path: Path) -> None:
    found = image_patients(folder_of(tmp_path, "N/p1_1.png", "N/p1_2_x.png", "V/p2_1.png"), "name")
    assert found is not None
    assert found.by_class == {"N": ("p1", "p1"), "V": ("p2",)}
    assert patients_sentence(found) == "2 patients, by file names."


@pytest.mark.parametrize(
    ("images", "text"),
    [
        (("N/p1_1.png", "V/7.png"), "V/7.png in {} does not say whose it is: begin every file's name with its patient"),
        (("N/p1_1.png", "N/_2.png"), "N/_2.png in {} does not say whose it is"),
        (("N/p1_1.png", "V/v_00001.png"), "V/v_00001.png in {} begins with its class, v, not with a patient"),
        (("N/1_x.png", "N/2_x.png", "V/3_x.png"), "Every image in {} begins with a name of its own, such as N/1_x.png"),
    ],
)
def test_a_class_or_a_number_of_the_image_is_not_taken_for_a_patient(
    images: tuple[str, ...], text: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as caught:
        image_patients(folder_of(tmp_path, *images), "name")
    assert text.format(tmp_path) in str(caught.value)
    assert "patients.csv" in str(caught.value)
