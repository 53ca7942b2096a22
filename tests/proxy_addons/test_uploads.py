"""Files as uploads bring them."""

from time import process_time

import pytest

from proxy_addons.dialects import handles, uploads
from proxy_addons.dialects.base import Request


def upload(head: str) -> Request:
    parts = (
        'Content-Disposition: form-data; name="purpose"\r\n\r\nocr',
        'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nsaid',
        f"{head}\r\n\r\n",
    )
    body = "".join(f"--x\r\n{part}\r\n" for part in parts) + "--x--\r\n"
    return Request("POST", "/v1/files", "multipart/form-data; boundary=x", body.encode())


def seconds(parameters: int) -> float:
    began = process_time()
    file = uploads.read(upload("Content-Disposition: " + "form-data;" * parameters))
    assert file is not None
    assert (file.name, file.purpose) == ("a.txt", "ocr")
    return process_time() - began


def test_the_cost_of_a_parts_headers_is_linear_in_their_length() -> None:
    seconds(10)
    assert seconds(8000) < 10 * seconds(2000)  # 4 if linear, 16 if quadratic


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("/upload/v1beta/files?upload_id=u1", ("u1",)),
        ("/upload/?upload_id=u1", ("u1",)),
        ("/v1/files", ("/v1/files",)),
        ("/bucket/files?X-Amz-Signature=abc", ("/bucket/files",)),
        ("/bucket/minutes?upload_id=u1", ("/bucket/minutes", "u1")),
    ],
)
def test_an_upload_with_a_name_does_not_go_by_the_path_that_all_of_them_share(
    target: str, names: tuple[str, ...]
) -> None:
    sent = handles.upload(Request("PUT", target, "text/plain", b"said"))
    assert sent is not None
    assert sent.names == names
