"""Text in pictures, drawn here and read by Tesseract."""

import io
import multiprocessing
from base64 import b64encode
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfWriter

from detectors import documents
from detectors.documents import frames, picture
from penstock.errors import ConfigError
from proxy_addons.dialects.base import Request
from proxy_addons.dialects.openai_chat import dialect
from tests.detectors.documents import made

WORDS = "The password is hunter2"
NOISE = bytes(i * i * 7919 >> 3 & 255 for i in range(3 * 200 * 200))

needs_tesseract = pytest.mark.skipif(
    not picture.is_installed(), reason="tesseract-ocr is not installed"
)


@pytest.fixture
def ocr() -> Iterator[None]:
    picture.configure(("eng",))
    yield
    picture.configure(())


def drawn(text: str, form: str = "PNG", letters: float = 16) -> bytes:
    """A picture of a line."""
    image = Image.new("RGB", (420, 60), "white")
    font = ImageFont.load_default(letters)
    ImageDraw.Draw(image).text((12, 18), text, fill="black", font=font)
    return _written(image, form)


def _written(image: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def several(form: str, *lines: str) -> bytes:
    """One picture file of several pictures."""
    images = [Image.open(io.BytesIO(drawn(line))) for line in lines]
    out = io.BytesIO()
    images[0].save(out, form, save_all=True, append_images=images[1:], duration=100)
    return out.getvalue()


def scan() -> bytes:
    """A page that is one picture."""
    writer = PdfWriter()
    writer.append(io.BytesIO(drawn(WORDS, "PDF", 24)))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@needs_tesseract
@pytest.mark.parametrize(
    "data",
    [
        drawn(WORDS),
        drawn(WORDS, "JPEG"),
        drawn(WORDS, "WEBP"),
        scan(),
        made.docx("", more={"word/media/image1.png": drawn(WORDS)}),
        made.zipped({"a.png": drawn(WORDS)}),
    ],
    ids=["png", "jpeg", "webp", "scanned pdf", "docx of pictures", "zip"],
)
@pytest.mark.usefixtures("ocr")
def test_words_in_pictures_are_read(data: bytes) -> None:
    found = documents.read(data)
    assert found is not None
    assert WORDS in "\n".join(found.texts)
    assert not found.unread


@needs_tesseract
@pytest.mark.usefixtures("ocr")
def test_a_picture_in_a_prompt_is_read() -> None:
    url = f"data:image/png;base64,{b64encode(drawn(WORDS)).decode()}"
    part = f'{{"type": "image_url", "image_url": {{"url": "{url}"}}}}'
    body = f'{{"messages": [{{"role": "user", "content": [{part}]}}]}}'
    prompt = dialect.parse(Request("POST", "/", "application/json", body.encode()))
    assert any(WORDS in text.text for text in prompt.texts)
    assert not prompt.unread


@needs_tesseract
@pytest.mark.parametrize(
    ("data", "unread"),
    [
        (b"GIF89a and the password is hunter2", {"damaged"}),
        (_written(Image.frombytes("RGB", (200, 200), NOISE), "PNG"), {"image"}),
        (_written(Image.new("1", (9_000, 9_000)), "PNG"), {"image"}),
    ],
    ids=["no picture", "noise", "more than is unpacked"],
)
@pytest.mark.usefixtures("ocr")
def test_what_cannot_be_made_out_stays_unread(data: bytes, unread: set[str]) -> None:
    found = documents.read(data)
    assert found is not None
    assert found.unread == unread
    assert ("password" in "".join(found.texts)) == (b"password" in data)


@needs_tesseract
@pytest.mark.usefixtures("ocr")
def test_it_reads_in_a_process_that_was_forked() -> None:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        found = pool.apply_async(documents.read, (drawn(WORDS),)).get(timeout=60)
    assert found is not None
    assert found.texts == (WORDS,)


@needs_tesseract
def test_a_language_without_data_is_named_with_what_to_install() -> None:
    with pytest.raises(ConfigError, match="apt-get install tesseract-ocr-tlh"):
        picture.configure(("tlh",))


def test_without_languages_a_picture_is_none_that_is_read() -> None:
    assert documents.read(drawn(WORDS)) is None


@needs_tesseract
@pytest.mark.usefixtures("ocr")
def test_every_page_of_a_picture_is_read() -> None:
    found = documents.read(several("TIFF", "The first page of two", WORDS))
    assert found is not None
    assert found.texts == ("The first page of two", WORDS)
    assert not found.unread


@needs_tesseract
@pytest.mark.usefixtures("ocr")
def test_pages_beyond_those_that_are_read_count_as_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MOST_PAGES", 2)
    found = documents.read(several("TIFF", WORDS, "A second page here", "A third page here"))
    assert found is not None
    assert len(found.texts) == 2
    assert found.unread == {"image"}


@needs_tesseract
@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "MPO"])
@pytest.mark.usefixtures("ocr")
def test_frames_after_the_first_count_as_unread(form: str) -> None:
    found = documents.read(several(form, "The first frame of two", WORDS))
    assert found is not None
    assert found.texts == (() if form == "WEBP" else ("The first frame of two",))
    assert found.unread == {"image"}


@pytest.mark.parametrize(
    ("data", "many"),
    [
        *((drawn(WORDS, form), 1) for form in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP")),
        *((several(form, "a", "b", "c"), 3) for form in ("PNG", "GIF", "WEBP", "TIFF")),
        (several("TIFF", "a", "b", "c")[:-40], 3),
        (b"II*\0\x08\0\0\0\0\0\x08\0\0\0", 1),
        (b"GIF89a", 1),
    ],
)
def test_the_pictures_of_a_file_are_counted(data: bytes, many: int) -> None:
    assert frames.count(data) == many
