"""The rest of Amazon's AI APIs: agents and knowledge bases of Bedrock, guardrails, SageMaker.

Almost all requests are signed (Signature Version 4), body included: what a rule wants redacted is
answered by an internal model or refused. Source: botocore 1.44 (`bedrock-runtime`,
`bedrock-agent-runtime`, `sagemaker-runtime`), read 2026-11-28.
Captures: tests/proxy_addons/golden/aws_api/. Misses: what is kept in S3.
"""

from collections.abc import Sequence

from penstock.errors import CannotRewrite
from penstock.model import Edit
from proxy_addons.dialects.base import Answer, Request
from proxy_addons.dialects.endpoints import Endpoints
from proxy_addons.dialects.json_text import dump

_ROLES = {
    "/inputText": "user",
    "/input/text": "user",
    "/inputs": "user",
    "/retrievalQuery/text": "user",
    "/content/*/text/text": "user",
    "/prompt": "user",
}
_SIGNED = "aws4-"
"""How the schemes of `Authorization` begin that sign the body."""


def check_unsigned(request: Request) -> None:
    """Raises CannotRewrite for a request whose signature covers its body."""
    if request.authorization.startswith(_SIGNED) or "X-Amz-Signature=" in request.target:
        raise CannotRewrite("the request is signed and cannot be edited")


def refusal(message: str) -> Answer:
    """The API's own error, of a kind that the SDKs show and do not try again."""
    headers = (("x-amzn-errortype", "ValidationException"),)
    return Answer(400, "application/json", dump({"message": message}), headers)


class AwsApi(Endpoints):
    """Edits only what is not signed."""

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect."""
        if edits:
            check_unsigned(request)
        return super().rewrite(request, edits)


dialect = AwsApi("aws_api", _ROLES, refusal, {"/completion": False})
