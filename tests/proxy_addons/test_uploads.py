"""Files as uploads bring them."""

from time import process_time

import pytest

from penstock.model import Sender
from penstock.pipeline import Scanner
from policy.schema import Policy
from proxy_addons import heads
from proxy_addons.dialects import handles, uploads
from proxy_addons.dialects.base import Request
from proxy_addons.inspection import Job, run


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


FORM, RAW = "application/x-www-form-urlencoded;charset=UTF-8", "application/octet-stream"
SIGNED = "/bucket/a.txt?X-Amz-Signature=abc"
type Sent = tuple[str, str, str, dict[bytes, bytes]]
UPLOADS: dict[str, list[Sent]] = {
    "Gemini's page": [
        ("POST", "/upload/", FORM, {b"x-goog-upload-command": b"start"}),
        ("POST", "/upload/?upload_id=u1", FORM, {b"x-goog-upload-command": b"upload, finalize"}),
    ],
    "Gemini's API, in pieces": [
        (
            "POST",
            "/upload/v1beta/files",
            "application/json",
            {b"x-goog-upload-command": b"start"},
        ),
        *(
            (
                "POST",
                "/upload/v1beta/files?upload_id=u1",
                RAW,
                {b"x-goog-upload-command": command, b"x-goog-upload-offset": b"%d" % offset},
            )
            for offset, command in ((0, b"upload"), (4, b"upload"), (8, b"upload, finalize"))
        ),
    ],
    "OpenAI's, in parts": [
        ("POST", "/v1/uploads", "application/json", {}),
        ("POST", "/v1/uploads/upload_1/parts", RAW, {}),
        ("POST", "/v1/uploads/upload_1/parts", RAW, {}),
        ("POST", "/v1/uploads/upload_1/complete", "application/json", {}),
    ],
    "blocks of a blob": [
        ("PUT", f"{SIGNED}&comp=block&blockid=1", RAW, {}),
        ("PUT", f"{SIGNED}&comp=block&blockid=2", RAW, {}),
        ("PUT", f"{SIGNED}&comp=blocklist", "application/xml", {}),
    ],
    "parts of an object": [
        ("PUT", f"{SIGNED}&partNumber=1", RAW, {}),
        ("PUT", f"{SIGNED}&partNumber=11", RAW, {}),
    ],
    "parts of an object, put together": [
        ("PUT", "/files/a.pdf?partNumber=1&uploadId=u1", RAW, {}),
        ("PUT", "/files/a.pdf?partNumber=2&uploadId=u1", RAW, {}),
        ("POST", "/files/a.pdf?uploadId=u1", "application/xml", {}),
    ],
    "ranges": [
        ("PUT", SIGNED, RAW, {b"content-range": b"bytes 0-3/8"}),
        ("PUT", SIGNED, RAW, {b"content-range": b"bytes 4-7/8"}),
    ],
    "at once": [("POST", "/v1/files", RAW, {})],
}


@pytest.mark.parametrize("how", UPLOADS)
def test_an_upload_counts_once_however_many_requests_it_takes(how: str) -> None:
    looks = [
        run(
            Job(
                service="lab",
                dialect="generic",
                method=method,
                target=target,
                content_type=kind,
                content_encoding="",
                body=b'{"a": 1}' if "json" in kind else b"said",
                user_agent="",
                sender=Sender("ana"),
                max_body_bytes=1000,
                extent=heads.extent(head),
            ),
            Scanner((), (), b"key"),
            Policy(name="test", rules=(), examples=()),
            "en",
        ).upload
        for method, target, kind, head in UPLOADS[how]
    ]
    counted = [look is not None and look.counts for look in looks]
    assert counted.count(True) == 1
    assert not (counted[0] and "Gemini" in how)  # which says only that it will come
