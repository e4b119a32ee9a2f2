"""Folders of images that tests make."""

from pathlib import Path

import numpy as np

from ecg_core.beats.images import png_bytes

COPIES = 10
OF_TEN = tuple(f"p{k}" for k in range(10))


def near_copies(
    place: Path, patients: tuple[str, ...] = OF_TEN, csv: bool = True, seed: int = 0, form: str = ""
) -> Path:
    """Ten near copies of one picture for each patient, in a class that has nothing to do with what it shows; each file
    says that it is of the `form`, if one is given."""
    rng = np.random.default_rng(seed)
    lines = ["image,patient"]
    for k, patient in enumerate(patients):
        label = ("N", "V")[k % 2]
        own = np.kron(rng.integers(0, 2, (8, 8)), np.ones((8, 8))) * 200
        (place / label).mkdir(parents=True, exist_ok=True)
        for copy in range(COPIES):
            image = (own + rng.integers(0, 40, own.shape)).astype(np.uint8)
            name = f"{patient}_{copy}.png"
            (place / label / name).write_bytes(png_bytes(image, {"form": form} if form else {}))
            lines.append(f"{label}/{name},{patient}")
    if csv:
        (place / "patients.csv").write_text("\n".join(lines) + "\n")
    return place
