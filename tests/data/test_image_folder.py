"""Folders of images: what is used, what is left out with which reason, and files that were made to do harm."""

import io
import os
import random
import shutil
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngImageFile, PngInfo

from ecg_core.data import image_folder
from ecg_core.data.image_folder import Rejected, ScannedFolder, load, scan
from ecg_core.errors import DataError

USAGE = "Name a folder that holds one sub-folder of PNG or JPEG images for each class."
RAMP = np.add.outer(np.arange(40), np.arange(50)).astype(np.uint8) * 2  # 50 wide, 40 high
PNG_START = b"\x89PNG\r\n\x1a\n"


def encoded(pixels: npt.NDArray[Any], kind: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
    image = Image.fromarray(pixels)
    buffer = io.BytesIO()
    (image.convert(mode) if mode else image).save(buffer, kind, **options)
    return buffer.getvalue()


def put(path: Path, content: bytes | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(RAMP) if content is None else content)
    return path


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of 8-bit grey whose header is sound and whose pixels are a few bytes."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return PNG_START + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of 50 x 40 px: three images and one."""
    place = tmp_path / "images"
    for k in range(3):
        put(place / "normal" / f"{k}.png", encoded(RAMP + np.uint8(k)))
    put(place / "ventricular" / "a.JPEG", encoded(RAMP, "JPEG"))
    return place


def reason_for(folder: Path, content: bytes, name: str = "x.png") -> str:
    """Why an image with this content is left out."""
    put(folder / "normal" / name, content)
    (found,) = scan(folder).rejected
    assert found.path == f"normal/{name}"
    return found.reason


def test_a_folder_of_images_is_counted_by_class(folder: Path) -> None:
    calls: list[tuple[int, int]] = []
    found = scan(folder, lambda done, of: calls.append((done, of)))
    assert found.folder == folder
    assert found.classes == ("normal", "ventricular")
    assert found.files["normal"] == tuple(folder / "normal" / f"{k}.png" for k in range(3))
    assert (found.counts, found.n_images, found.imbalance) == ({"normal": 3, "ventricular": 1}, 4, 3.0)
    assert (found.size, found.rejected) == ((50, 40), ())
    assert calls == [(4, 4)]
    assert found.to_json() == {
        "folder": str(folder),
        "size": [50, 40],
        "n_images": 4,
        "counts": {"normal": 3, "ventricular": 1},
        "imbalance": 3.0,
        "data_hash": found.data_hash,
        "form": "",
        "rejected": [],
    }


def test_a_folder_has_a_form_where_all_its_images_say_the_same_one(tmp_path: Path) -> None:
    def said(form: str) -> PngInfo:
        info = PngInfo()
        info.add_text("form", form)
        return info

    def form_of(*forms: str) -> str:
        shutil.rmtree(tmp_path / "V", ignore_errors=True)
        for k, form in enumerate(forms):
            put(tmp_path / "V" / f"{k}.png", encoded(RAMP, pnginfo=said(form)) if form else None)
        return scan(tmp_path).form

    assert form_of("context", "context") == "context"
    assert form_of("context", "usual") == form_of("context", "") == form_of("") == ""
    assert form_of("x\ny") == form_of("x" * 41) == "", "a page could not print it"


def test_progress_counts_every_file_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_folder, "FILES_A_TASK", 3)
    calls: list[tuple[int, int]] = []
    scan(folder, lambda done, of: calls.append((done, of)))
    assert calls == [(3, 4), (4, 4)]


def test_the_hash_follows_content_and_class_and_not_the_place(folder: Path, tmp_path: Path) -> None:
    before = scan(folder).data_hash
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "normal" / "0.png").rename(tmp_path / "copy" / "normal" / "renamed.png")
    assert scan(tmp_path / "copy").data_hash == before
    shutil.move(tmp_path / "copy" / "normal" / "1.png", tmp_path / "copy" / "ventricular" / "1.png")
    assert scan(tmp_path / "copy").data_hash != before


def test_what_is_no_image_of_a_class_is_left_out_and_named(folder: Path) -> None:
    put(folder / "loose.png")
    put(folder / "README.txt", b"about")
    put(folder / "normal" / "notes.csv", b"a,b")
    put(folder / "normal" / "deeper" / "x.png")
    (folder / "empty class").mkdir()
    put(folder / "other" / "x.png", b"")
    assert scan(folder).rejected == (
        Rejected("README.txt", "not named .png, .jpg or .jpeg"),
        Rejected("empty class", "holds no usable image: no such class"),
        Rejected("loose.png", "in no class folder: move it into one"),
        Rejected("normal/deeper", "a folder within a class folder: not looked into"),
        Rejected("normal/notes.csv", "not named .png, .jpg or .jpeg"),
        Rejected("other", "holds no usable image: no such class"),
        Rejected("other/x.png", "empty: 0 bytes"),
    )
    assert scan(folder).classes == ("normal", "ventricular")


def test_hidden_files_and_what_systems_leave_behind_are_passed_over(folder: Path) -> None:
    for name in (".DS_Store", "Thumbs.db", ".hidden.png", "__MACOSX/x.png", ".git/x.png"):
        put(folder / name)
        put(folder / "normal" / name)
    assert scan(folder).rejected == ()
    assert scan(folder).n_images == 4


def test_images_of_another_size_than_most_are_left_out(folder: Path) -> None:
    assert reason_for(folder, encoded(RAMP.T.copy())) == "40 x 50 pixels, but most images here are 50 x 40"


def test_the_content_decides_what_a_file_is(folder: Path) -> None:
    put(folder / "ventricular" / "really a png.jpg")
    assert scan(folder).counts == {"normal": 3, "ventricular": 2}
    for kind, name in (("GIF", "GIF"), ("BMP", "BMP"), ("TIFF", "TIFF"), ("WEBP", "WebP")):
        assert reason_for(folder, encoded(RAMP, kind)) == f"its content is {name}, not PNG or JPEG"
    assert reason_for(folder, b"%PDF-1.7 and so on") == "its content is PDF, not PNG or JPEG"


class TestHostileFiles:
    @pytest.mark.parametrize("side", [12_000, 50_000, 2**31 - 1])
    def test_an_image_that_claims_to_be_huge_is_refused_before_it_is_decoded(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, side: int
    ) -> None:
        def never(self: Image.Image) -> None:
            assert self.width * self.height <= image_folder.MAX_IMAGE_PIXELS, "decoded all the same"

        limit = Image.MAX_IMAGE_PIXELS
        monkeypatch.setattr(PngImageFile, "load", never)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            reason = reason_for(folder, png_that_claims(side, side))
        assert reason == f"{side:,} x {side:,} pixels, more than 4 million"
        assert limit == Image.MAX_IMAGE_PIXELS

    def test_a_jpeg_that_claims_to_be_huge_is_refused(self, folder: Path) -> None:
        content = bytearray(encoded(RAMP, "JPEG"))
        at = content.index(b"\xff\xc0") + 5
        content[at : at + 4] = struct.pack(">HH", 65_000, 64_000)
        assert reason_for(folder, bytes(content), "x.jpg") == "64,000 x 65,000 pixels, more than 4 million"

    def test_the_limit_of_pixels_itself_is_allowed(self, folder: Path) -> None:
        assert reason_for(folder, encoded(np.zeros((2000, 2001), np.uint8))) == (
            "2,001 x 2,000 pixels, more than 4 million"
        )
        assert reason_for(folder, encoded(np.zeros((2000, 2000), np.uint8))) == (
            "2,000 x 2,000 pixels, but most images here are 50 x 40"
        )

    def test_an_image_too_small_to_show_anything_is_refused(self, folder: Path) -> None:
        assert reason_for(folder, encoded(RAMP[:15])) == "50 x 15 pixels, a side is shorter than 16"

    def test_a_file_that_is_too_large_is_not_even_read(self, folder: Path) -> None:
        path = put(folder / "normal" / "x.png")
        os.truncate(path, 3_000_000_000)  # of holes: it takes no room on the disk
        assert [one.reason for one in scan(folder).rejected] == ["3,000,000,000 bytes, more than 20,000,000"]

    @pytest.mark.parametrize("kind", ["PNG", "JPEG"])
    @pytest.mark.parametrize("share", [0.5, 0.75, 0.9])
    def test_a_file_that_is_cut_off_is_found(self, folder: Path, kind: str, share: float) -> None:
        content = encoded(np.random.default_rng(0).integers(0, 256, (40, 50)).astype(np.uint8), kind)
        reason = reason_for(folder, content[: int(share * len(content))])
        assert reason == "cut off or damaged: its pixels cannot be decoded"

    def test_a_header_that_is_cut_off_is_found(self, folder: Path) -> None:
        assert reason_for(folder, encoded(RAMP)[:20]) == "damaged: its header cannot be read"
        assert reason_for(folder, encoded(RAMP, "JPEG")[:20]) == "damaged: its header cannot be read"

    def test_text_and_nothing_are_no_images(self, folder: Path) -> None:
        assert reason_for(folder, b"just text", "x.jpg") == "its content is neither PNG nor JPEG"
        assert reason_for(folder, b"", "x.jpg") == "empty: 0 bytes"

    def test_a_palette_image_with_more_transparent_colours_than_colours_is_refused(self, folder: Path) -> None:
        stream = io.BytesIO()
        Image.new("P", (20, 20)).save(stream, "PNG", transparency=b"\x80" * 10)
        raw = stream.getvalue()
        at = raw.index(b"tRNS") - 4
        body = b"tRNS" + b"\x80" * 300
        chunk = struct.pack(">I", 300) + body + struct.pack(">I", zlib.crc32(body))
        content = raw[:at] + chunk + raw[at + 12 + struct.unpack(">I", raw[at : at + 4])[0] :]
        assert reason_for(folder, content) == "damaged: its palette is missing or too small"

    def test_a_palette_image_without_its_palette_is_refused(self, folder: Path) -> None:
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 50, 40, 8, 3, 0, 0, 0))
        pixels = chunk(b"IDAT", zlib.compress(bytes(40 * 51)))
        content = PNG_START + header + pixels + chunk(b"IEND", b"")
        assert reason_for(folder, content) == "damaged: its palette is missing or too small"

    def test_a_png_whose_text_unpacks_to_gigabytes_is_refused(self, folder: Path) -> None:
        content = encoded(RAMP)
        bomb = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(70_000_000)))
        assert reason_for(folder, content[:33] + bomb + content[33:]) == "damaged: its header cannot be read"

    def test_an_animation_is_refused(self, folder: Path) -> None:
        content = encoded(RAMP, save_all=True, append_images=[Image.fromarray(255 - RAMP)])
        assert reason_for(folder, content) == "an animation, not one image"

    def test_a_jpeg_of_endless_scans_is_refused(self, folder: Path) -> None:
        content = encoded(RAMP, "JPEG", progressive=True)
        assert content.count(b"\xff\xda") < 20
        start = content.rindex(b"\xff\xda")
        endless = content[:start] + content[start:-2] * 200 + content[-2:]
        scans = endless.count(b"\xff\xda")
        assert reason_for(folder, endless, "x.jpg") == f"a JPEG of {scans} scans, more than 100"

    def test_links_out_of_the_folder_are_not_followed(self, folder: Path, tmp_path: Path) -> None:
        outside = put(tmp_path / "elsewhere" / "secret.png")
        (folder / "normal" / "link.png").symlink_to(outside)
        (folder / "normal" / "nowhere.png").symlink_to(tmp_path / "nothing")
        (folder / "ventricular" / "round").symlink_to(folder)
        (folder / "linked class").symlink_to(outside.parent)
        (folder / "same class").symlink_to(folder / "normal")
        (folder / "ventricular" / "within.png").symlink_to(folder / "normal" / "0.png")
        found = scan(folder)
        assert found.rejected == (
            Rejected("linked class", "a link out of the folder: not followed"),
            Rejected("normal/link.png", "a link out of the folder: not followed"),
            Rejected("normal/nowhere.png", "a link that leads nowhere"),
            Rejected("same class", "a link to a folder: not followed"),
            Rejected("ventricular/round", "a link to a folder: not followed"),
        )
        assert found.counts == {"normal": 3, "ventricular": 2}

    def test_a_pipe_named_like_an_image_is_not_waited_for(self, folder: Path) -> None:
        os.mkfifo(folder / "normal" / "x.png")
        assert scan(folder).rejected == (Rejected("normal/x.png", "not a regular file"),)

    def test_a_name_that_is_not_utf_8_is_named_and_left_out(self, folder: Path) -> None:
        try:
            put(Path(os.fsdecode(os.fsencode(folder / "normal") + b"/\xff.png")))
        except OSError:
            return  # a file system that takes no such name cannot bring one
        (found,) = scan(folder).rejected
        assert found == Rejected("normal/?.png", "its name is not UTF-8: rename it")

    def test_what_may_not_be_read_is_named(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        open_, scandir = Path.open, os.scandir

        def refuse(self: Path, *args: Any, **kwargs: Any) -> Any:
            if self.name == "1.png":
                raise PermissionError(13, "Permission denied")
            return open_(self, *args, **kwargs)

        def refuse_folder(place: Path) -> Any:
            if Path(place).name == "ventricular":
                raise PermissionError(13, "Permission denied")
            return scandir(place)

        monkeypatch.setattr(Path, "open", refuse)
        monkeypatch.setattr(os, "scandir", refuse_folder)
        assert scan(folder).rejected == (
            Rejected("normal/1.png", "cannot be read: Permission denied"),
            Rejected("ventricular", "cannot be read: Permission denied"),
        )

    @pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about damaged EXIF data
    @settings(deadline=None, max_examples=300)
    @given(st.integers(0, 2**32), st.sampled_from(["L", "P", "RGB", "RGBA", "JPEG", "CMYK"]))
    def test_damaged_bytes_give_pixels_or_a_reason_and_nothing_else(self, seed: int, mode: str) -> None:
        options: dict[str, Any] = {"mode": mode if mode != "JPEG" else "RGB", "exif": turned(6)}
        content = bytearray(encoded(RAMP, "JPEG" if mode in ("JPEG", "CMYK") else "PNG", **options))
        chance = random.Random(seed)
        for _ in range(chance.choice([1, 2, 10])):
            content[chance.randrange(3, min(len(content), chance.choice([60, 300, 10_000])))] = chance.randrange(256)
        try:
            image = image_folder._decoded(bytes(content))
        except DataError as error:
            assert str(error)
        else:
            assert image_folder._scaled(image, 32, grey=False).shape == (32, 32, 3)


class TestUnusableFolders:
    def message(self, folder: Path) -> str:
        with pytest.raises(DataError) as caught:
            scan(folder)
        return str(caught.value)

    def test_a_folder_that_is_missing_empty_or_a_file(self, tmp_path: Path) -> None:
        assert self.message(tmp_path / "nowhere") == f"{tmp_path / 'nowhere'} does not exist. {USAGE}"
        path = put(tmp_path / "x.png")
        assert self.message(path) == f"{path} is a file, not a folder. {USAGE}"
        (tmp_path / "empty" / ".git").mkdir(parents=True)
        assert self.message(tmp_path / "empty") == f"{tmp_path / 'empty'} is empty. {USAGE}"

    def test_a_folder_without_any_usable_image(self, tmp_path: Path) -> None:
        put(tmp_path / "flat" / "a.png")
        put(tmp_path / "flat" / "b.png")
        assert self.message(tmp_path / "flat") == (
            f"{tmp_path / 'flat'} holds no usable image. The first of 2 left out is a.png (in no class folder: "
            f"move it into one). {USAGE}"
        )
        put(tmp_path / "deep" / "train" / "normal" / "a.png")
        assert self.message(tmp_path / "deep") == (
            f"{tmp_path / 'deep'} holds no usable image. The first of 2 left out is train/normal (a folder "
            f"within a class folder: not looked into). {USAGE}"
        )
        (tmp_path / "bare" / "normal").mkdir(parents=True)
        assert self.message(tmp_path / "bare") == (
            f"{tmp_path / 'bare'} holds no usable image. The first of 1 left out is normal (holds no usable "
            f"image: no such class). {USAGE}"
        )

    def test_a_folder_that_may_not_be_read(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(place: Path) -> Any:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "scandir", refuse)
        assert self.message(folder) == f"{folder} cannot be read: Permission denied. Check its permissions."

    def test_more_files_than_the_limit(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(image_folder, "MAX_FILES", 5)
        assert self.message(folder) == (
            f"{folder} holds more than 5 files. Name a smaller folder, or move some images out."
        )
        monkeypatch.setattr(image_folder, "MAX_FILES", 6)  # two folders and four files
        assert scan(folder).n_images == 4

    def test_names_that_cannot_be_a_folder(self) -> None:
        assert self.message(Path("a\0b")).startswith(r"'a\x00b' cannot be used as a folder: ")
        path = Path("/" + "x" * 5000)
        assert self.message(path) == f"'/{'x' * 199}' cannot be used as a folder: File name too long. {USAGE}"


def only(tmp_path: Path, content: bytes) -> ScannedFolder:
    """A folder with nothing but this image."""
    put(tmp_path / "one" / "class" / "x.png", content)
    return scan(tmp_path / "one")


def test_loading_gives_pixels_and_labels_in_the_order_of_the_files(folder: Path) -> None:
    images, labels = load(scan(folder), 64, grey=True)
    assert (images.shape, images.dtype.name) == ((4, 64, 64), "uint8")
    assert labels.tolist() == ["normal"] * 3 + ["ventricular"]
    images, labels = load(scan(folder), 32, grey=False, class_name="ventricular")
    assert (images.shape, labels.tolist()) == ((1, 32, 32, 3), ["ventricular"])


def test_a_square_image_of_the_size_asked_for_comes_back_bit_for_bit(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    images, _ = load(only(tmp_path, encoded(pixels)), 64, grey=False)
    assert np.array_equal(images[0], pixels)
    grey = only(tmp_path, encoded(pixels[..., 0].copy()))
    assert np.array_equal(load(grey, 64, grey=True)[0][0], pixels[..., 0])
    assert np.array_equal(load(grey, 64, grey=False)[0][0, ..., 2], pixels[..., 0])


def test_an_image_that_is_not_square_keeps_its_proportions_on_white(tmp_path: Path) -> None:
    images, _ = load(only(tmp_path, encoded(np.zeros((20, 80), np.uint8))), 64, grey=True)
    assert (images[0, 24:40] == 0).all()
    assert (images[0, :24] == 255).all()
    assert (images[0, 40:] == 255).all()
    (tmp_path / "one" / "class" / "x.png").unlink()
    images, _ = load(only(tmp_path, encoded(np.zeros((16, 20_000), np.uint8))), 64, grey=False)
    assert np.count_nonzero(images[0] == 0) == 64 * 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_images_are_turned_upright_as_their_exif_data_say(tmp_path: Path, kind: str, orientation: int) -> None:
    upright = np.zeros((64, 32), np.uint8)
    upright[:16, :8] = 255  # the top left corner is marked
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.T, 6: upright.T[::-1], 7: upright.T[::-1, ::-1], 8: upright.T[:, ::-1],
    }[orientation]  # fmt: skip
    content = encoded(np.ascontiguousarray(stored), kind, exif=turned(orientation))
    folder = only(tmp_path, content)
    assert folder.size == (32, 64)
    images, _ = load(folder, 64, grey=True)
    assert np.abs(images[0, :, 16:48].astype(int) - upright).max() < 8


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, 32:, 3] = 255
    pixels[:, :16, 3] = 128
    rgba = load(only(tmp_path, encoded(pixels)), 64, grey=False)[0][0]
    assert (rgba[:, 40] == 0).all()
    assert (rgba[:, 20] == 255).all()
    assert np.abs(rgba[:, 5].astype(int) - 127).max() <= 1
    marked = encoded(np.full((64, 64, 3), 7, np.uint8), transparency=(7, 7, 7))
    assert (load(only(tmp_path, marked), 64, grey=True)[0] == 255).all()


def test_sixteen_bits_cmyk_palettes_and_single_bits_are_read_at_their_brightness(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (64, 1))
    expected = ramp.astype(int)
    for content, tolerance in (
        (encoded(ramp.astype(np.uint16) * 257), 0),
        (encoded(ramp, mode="P"), 0),
        (encoded(ramp, mode="LA"), 0),
        (encoded(np.dstack([ramp] * 3), "JPEG", mode="CMYK", quality=95), 4),
    ):
        found = load(only(tmp_path, content), 64, grey=True)[0][0].astype(int)
        assert np.abs(found - expected).max() <= tolerance
    found = load(only(tmp_path, encoded(ramp > 127)), 64, grey=True)[0][0].astype(int)
    assert np.array_equal(found, np.where(ramp > 127, 255, 0))


def test_a_file_that_changed_or_vanished_since_it_was_checked_is_named(folder: Path) -> None:
    found = scan(folder)
    os.utime(folder / "normal" / "1.png", (0, 0))
    assert len(load(found, 32, grey=True)[0]) == 4  # another time alone is no change
    start = f"normal/1.png has changed since {folder} was looked through"
    for content, reason in (
        (encoded(255 - RAMP), "its content is another"),
        (png_that_claims(50_000, 50_000), "its content is another"),
        (b"", "empty: 0 bytes"),
        (None, "cannot be read: No such file or directory"),
    ):
        if content is None:
            (folder / "normal" / "1.png").unlink()
        else:
            put(folder / "normal" / "1.png", content)
        with pytest.raises(DataError) as caught:
            load(found, 32, grey=True)
        assert str(caught.value) == f"{start}: {reason}. Choose the folder again."


def test_a_class_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(DataError) as caught:
        load(scan(folder), 32, grey=True, class_name="fusion")
    assert str(caught.value) == f"No class 'fusion' in {folder}: it has normal, ventricular."


def test_more_pixels_than_memory_should_hold_are_refused(folder: Path) -> None:
    with pytest.raises(DataError) as caught:
        load(scan(folder), 20_000, grey=False)
    assert str(caught.value) == (
        "4 images of 20000 x 20000 pixels take 4.8 GB, more than 2 GB. Choose one class or a smaller size."
    )
