"""A folder of ECG images, one sub-folder a class, as a source of data.

The files are strangers'. Pillow is told nothing but "this is a PNG" or "this is a JPEG", after the first bytes said so,
and is asked for the pixels only once the header's size is within the limits below: its own guard against images that
unpack to gigabytes begins at 90 million pixels, and only warns. Bytes beyond a file's limit are never read.
"""

import hashlib
import io
import json
import os
import stat
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, cpu_count, delayed
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from ecg_core.data.patients import FILE as PATIENTS_FILE
from ecg_core.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg")
MAX_FILE_BYTES = 20_000_000
MAX_IMAGE_PIXELS = 4_000_000
MAX_FILES = 200_000
MAX_LOADED_BYTES = 2_000_000_000  # of pixels in memory at once
MAX_JPEG_SCANS = 100  # a progressive JPEG has about ten; each costs a pass over all pixels
SKIPPED = ("__MACOSX", "Thumbs.db", "desktop.ini")  # and every name that begins with a dot
MIN_SIDE_PX, FILES_A_TASK = 16, 32
FORM_KEY = "form"  # in the text of a PNG: what it shows, as those made here say (`beats.images.FORMS`)
MAX_FORM_CHARACTERS = 40

_KINDS: dict[bytes, type[ImageFile]] = {b"\x89PNG\r\n\x1a\n": PngImageFile, b"\xff\xd8\xff": JpegImageFile}
_OTHERS = {b"GIF8": "GIF", b"BM": "BMP", b"II*\0": "TIFF", b"MM\0*": "TIFF", b"RIFF": "WebP", b"%PDF": "PDF"}
_DAMAGED = (OSError, SyntaxError, ValueError, LookupError, EOFError, struct.error)
"""What Pillow raises on damaged bytes: it is asked for nothing else while these are caught."""
_ORIENTATION = 0x0112  # EXIF tag
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_USAGE = "Name a folder that holds one sub-folder of PNG or JPEG images for each class."

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Rejected:
    """A file or sub-folder that is left out, and why."""

    path: str
    """Relative to the folder, with `/`; a character that cannot be shown is a `?`."""
    reason: str


@dataclass(frozen=True)
class ScannedFolder:
    """The usable images of a folder, all of one size, by class."""

    folder: Path
    files: dict[str, tuple[Path, ...]] = field(repr=False)
    """Class -> its images, sorted; classes sorted too, none empty."""
    size: tuple[int, int]
    """Width and height of every image in px, held upright."""
    rejected: tuple[Rejected, ...] = field(repr=False)
    digests: dict[Path, str] = field(repr=False)
    """File -> SHA-256 of the bytes that were checked."""
    form: str = ""
    """What all the images say they show; empty where one does not say, or they say different things."""

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.files)

    @property
    def counts(self) -> dict[str, int]:
        """Class -> number of images."""
        return {name: len(paths) for name, paths in self.files.items()}

    @property
    def n_images(self) -> int:
        return sum(self.counts.values())

    @property
    def imbalance(self) -> float:
        """How many times as many images the largest class has as the smallest."""
        return max(self.counts.values()) / min(self.counts.values())

    @cached_property
    def data_hash(self) -> str:
        """SHA-256 over the images and their classes; file names and places play no part."""
        sums = {name: sorted(self.digests[path] for path in paths) for name, paths in self.files.items()}
        return hashlib.sha256(json.dumps(sums).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """What there is, for a report or a model's card."""
        return {
            "folder": str(self.folder),
            "size": list(self.size),
            "n_images": self.n_images,
            "counts": self.counts,
            "imbalance": self.imbalance,
            "data_hash": self.data_hash,
            "form": self.form,
            "rejected": [{"path": one.path, "reason": one.reason} for one in self.rejected],
        }


def scan(folder: Path, progress: Progress | None = None) -> ScannedFolder:
    """Look through `folder/<class>/<image>`, decode every image once, and keep those of the commonest size.

    The content decides what a file is: a PNG named .jpg is used, a GIF named .png is not. Every file that is left out
    is in `rejected` with the reason, except hidden files, what operating systems leave behind, and the folder's
    `patients.csv`. Folders within class folders, and links out of the folder, are not followed. `progress(done, of)`
    counts files.

    Raises DataError if the folder is missing, is no folder, cannot be read, is empty, holds more than 200,000 files,
    or holds no usable image.
    """
    folder = _resolved(folder)
    candidates, classes, rejected = _listed(folder)
    if not candidates and not classes and not rejected:
        raise DataError(f"{folder} is empty. {_USAGE}")
    good: list[tuple[Path, tuple[int, int], str, str]] = []
    work = Parallel(n_jobs=min(4, cpu_count()), backend="threading", return_as="generator")
    tasks = [candidates[k : k + FILES_A_TASK] for k in range(0, len(candidates), FILES_A_TASK)]
    for k, results in enumerate(work(delayed(_inspected)(paths) for paths in tasks)):
        for path, found in zip(tasks[k], results, strict=True):
            if isinstance(found, str):
                rejected.append(Rejected(_shown(path, folder), found))
            else:
                good.append((path, *found))
        if progress:
            progress(min((k + 1) * FILES_A_TASK, len(candidates)), len(candidates))
    tally = Counter(own for _, own, *_ in good)
    size = max(tally, key=lambda one: (tally[one], one), default=(0, 0))
    files: dict[str, list[Path]] = {}
    for path, own, *_ in sorted(good):
        if own == size:
            files.setdefault(path.parent.name, []).append(path)
        else:
            reason = f"{_pixels(own)}, but most images here are {size[0]:,} x {size[1]:,}"
            rejected.append(Rejected(_shown(path, folder), reason))
    rejected += [Rejected(name, "holds no usable image: no such class") for name in classes if name not in files]
    rejected.sort(key=lambda one: one.path)
    if not files:
        first = next((one for one in rejected if one.path not in classes), rejected[0])
        raise DataError(
            f"{folder} holds no usable image. The first of {len(rejected):,} left out is {first.path} "
            f"({first.reason}). {_USAGE}"
        )
    digests = {path: digest for path, own, digest, _ in good if own == size}
    forms = {form for _, own, _, form in good if own == size}
    by_class = {name: tuple(files[name]) for name in sorted(files)}
    return ScannedFolder(folder, by_class, size, tuple(rejected), digests, forms.pop() if len(forms) == 1 else "")


def load(
    folder: ScannedFolder, size: int, grey: bool, class_name: str | None = None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.str_]]:
    """The images of all classes, or of one, scaled to `size` x `size` px.

    Images are turned upright as their EXIF data say, laid on white where they are transparent, and scaled until the
    longer side fits; beside the shorter one is white.

    Returns
    -------
    images : (n, size, size) uint8 in shades of grey, or (n, size, size, 3) uint8 RGB, in the order of `folder.files`
    labels : (n,) class of each

    Raises DataError if there is no such class, if the images would take more than 2 GB, or if a file is not what it
    was when the folder was scanned.
    """
    if class_name is not None and class_name not in folder.files:
        raise DataError(f"No class {class_name!r} in {folder.folder}: it has {', '.join(folder.classes)}.")
    chosen = folder.classes if class_name is None else (class_name,)
    paths = [path for name in chosen for path in folder.files[name]]
    shape = (len(paths), size, size) if grey else (len(paths), size, size, 3)
    if np.prod(shape, dtype=float) > MAX_LOADED_BYTES:
        raise DataError(
            f"{len(paths):,} images of {size} x {size} pixels take {np.prod(shape, dtype=float) / 1e9:.1f} GB, more "
            f"than {MAX_LOADED_BYTES / 1e9:.0f} GB. Choose one class or a smaller size."
        )
    images = np.empty(shape, np.uint8)

    def fill(start: int) -> None:
        for k in range(start, min(start + FILES_A_TASK, len(paths))):
            images[k] = _scaled(_unchanged(paths[k], folder), size, grey)

    Parallel(n_jobs=min(4, cpu_count()), backend="threading")(
        delayed(fill)(start) for start in range(0, len(paths), FILES_A_TASK)
    )
    return images, np.array([path.parent.name for path in paths], dtype=np.str_)


def _resolved(folder: Path) -> Path:
    try:
        folder = folder.expanduser().resolve()
        mode = folder.stat().st_mode
    except FileNotFoundError:
        raise DataError(f"{folder} does not exist. {_USAGE}") from None
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, `~nobody`, a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{str(folder)[:200]!r} cannot be used as a folder: {reason}. {_USAGE}") from None
    if not stat.S_ISDIR(mode):
        raise DataError(f"{folder} is a file, not a folder. {_USAGE}")
    return folder


def _listed(folder: Path) -> tuple[list[Path], list[str], list[Rejected]]:
    """Files that may be images of a class, names of the class folders, and what is left out at first sight."""
    files: list[Path] = []
    classes: list[str] = []
    rejected: list[Rejected] = []
    seen = 0

    def look(place: Path) -> list[Path]:
        nonlocal seen
        names: list[str] = []
        with os.scandir(place) as entries:
            for entry in entries:
                if (seen := seen + 1) > MAX_FILES:
                    raise DataError(
                        f"{folder} holds more than {MAX_FILES:,} files. Name a smaller folder, or move some images out."
                    )
                if not entry.name.startswith(".") and entry.name not in SKIPPED:
                    names.append(entry.name)
        return [place / name for name in sorted(names)]

    try:
        top = look(folder)
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror}. Check its permissions.") from None
    for path in top:
        if path.name == PATIENTS_FILE and not path.is_dir():
            continue  # `image_patients` reads it
        if reason := _foreign(path, folder):
            rejected.append(Rejected(_shown(path, folder), reason))
        elif not path.is_dir():
            reason = _not_by_name(path) or "in no class folder: move it into one"
            rejected.append(Rejected(path.name, reason))
        else:
            try:
                inner = look(path)
            except OSError as error:
                rejected.append(Rejected(path.name, f"cannot be read: {error.strerror}"))
                continue
            classes.append(path.name)
            for one in inner:
                if reason := _foreign(one, folder) or _not_by_name(one):
                    rejected.append(Rejected(_shown(one, folder), reason))
                else:
                    files.append(one)
    return files, classes, rejected


def _foreign(path: Path, folder: Path) -> str | None:
    """Why a name or a link cannot be used, if it cannot."""
    try:
        path.name.encode()
        if not stat.S_ISLNK(path.lstat().st_mode):
            return None
        target = path.resolve(strict=True)
        if not target.is_relative_to(folder):
            return "a link out of the folder: not followed"
        return "a link to a folder: not followed" if target.is_dir() else None
    except UnicodeEncodeError:
        return "its name is not UTF-8: rename it"
    except (FileNotFoundError, RuntimeError):
        return "a link that leads nowhere"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _not_by_name(path: Path) -> str | None:
    if path.is_dir():
        return "a folder within a class folder: not looked into"
    return None if path.suffix.lower() in SUFFIXES else "not named .png, .jpg or .jpeg"


def _inspected(paths: list[Path]) -> list[tuple[tuple[int, int], str, str] | str]:
    """Upright size in px, SHA-256 and form of each file, or the reason why it is not usable."""
    found: list[tuple[tuple[int, int], str, str] | str] = []
    for path in paths:
        try:
            raw = _content(path)
            image = _decoded(raw)
            found.append((image.size, hashlib.sha256(raw).hexdigest(), _form(image)))
        except DataError as error:
            found.append(str(error))
    return found


def _form(image: Image.Image) -> str:
    """What a PNG says it shows; empty where it says nothing, or nothing that a page could print."""
    said = image.info.get(FORM_KEY)
    return said if isinstance(said, str) and said.isprintable() and len(said) <= MAX_FORM_CHARACTERS else ""


def _unchanged(path: Path, folder: ScannedFolder) -> Image.Image:
    """The image in a file. Raises DataError if the file is not the one that was scanned."""
    try:
        raw = _content(path)
        reason = "" if hashlib.sha256(raw).hexdigest() == folder.digests[path] else "its content is another"
    except DataError as error:
        reason = str(error)
    if reason:
        raise DataError(
            f"{_shown(path, folder.folder)} has changed since {folder.folder} was looked through: {reason}. "
            "Choose the folder again."
        )
    return _decoded(raw)


def _content(path: Path) -> bytes:
    """The bytes of a file. Raises DataError with nothing but the reason if they cannot be an image's."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            raise DataError("not a regular file")
        if status.st_size > MAX_FILE_BYTES:
            raise DataError(f"{status.st_size:,} bytes, more than {MAX_FILE_BYTES:,}")
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}") from None
    if not raw:
        raise DataError("empty: 0 bytes")
    return raw


def _decoded(raw: bytes) -> Image.Image:
    """The image in the bytes of a PNG or JPEG file, upright. Raises DataError with nothing but the reason."""
    kind = next((one for start, one in _KINDS.items() if raw.startswith(start)), None)
    if kind is None:
        other = next((name for start, name in _OTHERS.items() if raw.startswith(start)), None)
        raise DataError(f"its content is {other}, not PNG or JPEG" if other else "its content is neither PNG nor JPEG")
    try:
        image = kind(io.BytesIO(raw))  # reads the header only
    except _DAMAGED:
        raise DataError("damaged: its header cannot be read") from None
    width, height = image.size
    if width * height > MAX_IMAGE_PIXELS:
        raise DataError(f"{_pixels(image.size)}, more than {MAX_IMAGE_PIXELS / 1e6:g} million")
    if min(width, height) < MIN_SIDE_PX:
        raise DataError(f"{_pixels(image.size)}, a side is shorter than {MIN_SIDE_PX}")
    if getattr(image, "is_animated", False):
        raise DataError("an animation, not one image")
    if kind is JpegImageFile and (scans := raw.count(b"\xff\xda")) > MAX_JPEG_SCANS:
        raise DataError(f"a JPEG of {scans:,} scans, more than {MAX_JPEG_SCANS}")
    try:
        image.load()
    except _DAMAGED:
        raise DataError("cut off or damaged: its pixels cannot be decoded") from None
    clear = image.info.get("transparency", 0)
    if image.mode == "P" and (image.palette is None or (len(clear) if isinstance(clear, bytes) else clear + 1) > 256):
        raise DataError("damaged: its palette is missing or too small")
    try:
        turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except _DAMAGED:
        turn = None  # such EXIF data turn the image in no other viewer either
    return image if turn is None else image.transpose(turn)


def _scaled(image: Image.Image, size: int, grey: bool) -> npt.NDArray[np.uint8]:
    if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would cut off at 255
        image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).clip(max=255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB").convert("L") if grey else image.convert("RGB")
    scale = size / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    canvas = Image.new(image.mode, (size, size), "white")
    canvas.paste(image, ((size - width) // 2, (size - height) // 2))
    return np.asarray(canvas)


def _pixels(size: tuple[int, int]) -> str:
    return f"{size[0]:,} x {size[1]:,} pixels"


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix().encode("utf-8", "replace").decode()
