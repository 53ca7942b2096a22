"""The shipped catalogue: each row is what it should be, and real addresses find their row."""

import re
from pathlib import Path

import pytest

from proxy_addons.dialects import BY_NAME
from proxy_addons.services import Service, load

CATALOGUE = load()
ROWS = CATALOGUE.rows
CATEGORIES = {
    *("agent", "api", "chat", "code-assistant", "image", "meeting", "search", "translation"),
    "writing",
}


def test_there_are_enough_services_and_no_id_stands_twice() -> None:
    assert len(ROWS) >= 120
    assert len({row.service for row in ROWS}) == len(ROWS)


def test_no_host_pattern_belongs_to_two_services() -> None:
    hosts = [host for row in ROWS for host in row.hosts]

    assert len(set(hosts)) == len(hosts)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.service)
def test_a_row_says_whose_product_it_is(row: Service) -> None:
    assert row.name
    assert row.vendor
    assert row.category in CATEGORIES
    assert re.fullmatch("[A-Z]{2}", row.country)
    assert {row.otherwise, *row.endpoints.values()} <= set(BY_NAME)
    assert not row.approved


@pytest.mark.parametrize(
    "host",
    [
        *("accounts.google.com", "www.google.com", "login.microsoftonline.com", "github.com"),
        *("auth.openai.com", "cdn.oaistatic.com", "ab.chatgpt.com", "statsig.anthropic.com"),
        *("api.github.com", "x.com", "notion.so", "slack.com", "example.org"),
        *("chatgpt.com.example.org", "api-openai.com", "evil-openrouter.ai", "penai.azure.com"),
        *("openai.azure.com", "aiplatform.example.googleapis.com", "amazonaws.com"),
    ],
)
def test_other_hosts_stay_tunnels(host: str) -> None:
    assert CATALOGUE.at(host) is None


@pytest.mark.parametrize(
    ("address", "service", "dialect"),
    [
        ("api.openai.com POST /v1/chat/completions", "openai-api", "openai_chat"),
        ("API.OpenAI.com POST /v1/chat/completions?x=1", "openai-api", "openai_chat"),
        ("api.openai.com. POST /v1/responses", "openai-api", "openai_responses"),
        ("eu.api.openai.com POST /v1/responses", "openai-api", "openai_responses"),
        ("api.openai.com POST /v1/embeddings", "openai-api", "openai_api"),
        ("api.openai.com POST /v1/audio/transcriptions", "openai-api", "openai_api"),
        ("api.openai.com POST /v1/completions", "openai-api", "openai_completions"),
        ("api.openai.com POST /v1/threads/t/runs", "openai-api", "openai_api"),
        ("api.openai.com GET /v1/chat/completions", "openai-api", "openai_api"),
        ("acme.openai.azure.com POST /openai/deployments/gpt/chat/completions?api-version=1",
         "azure-openai", "openai_chat"),
        ("acme.openai.azure.com POST /openai/v1/responses", "azure-openai", "openai_responses"),
        ("acme.cognitiveservices.azure.com POST /openai/deployments/gpt/chat/completions",
         "azure-openai", "openai_chat"),
        ("acme.cognitiveservices.azure.com POST /language/:analyze-text", "azure-openai",
         "openai_api"),
        ("api.stability.ai POST /v2beta/stable-image/generate/core", "stability", "generic"),
        ("www.midjourney.com POST /api/submit-jobs", "midjourney", "generic"),
        ("sora.chatgpt.com POST /backend/nf/create", "sora", "generic"),
        ("a.services.ai.azure.com POST /anthropic/v1/messages", "azure-openai",
         "anthropic_messages"),
        ("models.github.ai POST /inference/chat/completions", "azure-openai", "openai_chat"),
        ("api.anthropic.com POST /v1/messages?beta=true", "anthropic-api", "anthropic_messages"),
        ("api.anthropic.com POST /v1/messages/count_tokens", "anthropic-api",
         "anthropic_messages"),
        ("api.anthropic.com POST /v1/messages/batches", "anthropic-api", "anthropic_messages"),
        ("api.anthropic.com POST /v1/files", "anthropic-api", "anthropic_api"),
        ("generativelanguage.googleapis.com POST /v1beta/models/gemini:generateContent",
         "gemini-api", "gemini_generate"),
        ("generativelanguage.googleapis.com POST /v1/models/g:streamGenerateContent?alt=sse",
         "gemini-api", "gemini_generate"),
        ("generativelanguage.googleapis.com POST /v1alpha/tunedModels/t:countTokens",
         "gemini-api", "gemini_generate"),
        ("generativelanguage.googleapis.com POST /v1beta/models/g:batchEmbedContents",
         "gemini-api", "gemini_generate"),
        ("generativelanguage.googleapis.com POST /v1beta/openai/chat/completions",
         "gemini-api", "openai_chat"),
        ("generativelanguage.googleapis.com POST /upload/v1beta/files", "gemini-api", "google_api"),
        ("generativelanguage.googleapis.com POST /v1beta/cachedContents", "gemini-api",
         "gemini_generate"),
        ("generativelanguage.googleapis.com POST /v1/interactions", "gemini-api", "google_api"),
        ("europe-west4-aiplatform.googleapis.com POST /v1/projects/p/locations/europe-west4/"
         "publishers/google/models/gemini:streamGenerateContent", "vertex-ai", "gemini_generate"),
        ("aiplatform.googleapis.com POST /v1beta1/projects/p/locations/global/publishers/"
         "anthropic/models/claude:streamRawPredict", "vertex-ai", "anthropic_messages"),
        ("aiplatform.eu.rep.googleapis.com POST /v1/publishers/google/models/g:generateContent",
         "vertex-ai", "gemini_generate"),
        ("us-east5-aiplatform.googleapis.com POST /v1/projects/p/locations/l/endpoints/openapi/"
         "chat/completions", "vertex-ai", "openai_chat"),
        ("cloudcode-pa.googleapis.com POST /v1internal:streamGenerateContent?alt=sse",
         "gemini-code-assist", "gemini_generate"),
        ("api.mistral.ai POST /v1/chat/completions", "mistral-api", "mistral_chat"),
        ("api.mistral.ai POST /v1/conversations", "mistral-api", "mistral_api"),
        ("codestral.mistral.ai POST /v1/fim/completions", "mistral-api", "mistral_chat"),
        ("api.deepseek.com POST /chat/completions", "deepseek-api", "openai_chat"),
        ("api.deepseek.com POST /anthropic/v1/messages", "deepseek-api", "anthropic_messages"),
        ("api.x.ai POST /v1/messages", "xai-api", "anthropic_messages"),
        ("api.groq.com POST /openai/v1/chat/completions", "groq-api", "openai_chat"),
        ("api.together.xyz POST /v1/chat/completions", "together", "openai_chat"),
        ("api.fireworks.ai POST /inference/v1/chat/completions", "fireworks", "openai_chat"),
        ("api.perplexity.ai POST /chat/completions", "perplexity-api", "openai_chat"),
        ("openrouter.ai POST /api/v1/messages", "openrouter", "anthropic_messages"),
        ("openrouter.ai POST /api/v1/chat/completions", "openrouter", "openai_chat"),
        ("api.cerebras.ai POST /v1/chat/completions", "cerebras", "openai_chat"),
        ("router.huggingface.co POST /v1/chat/completions", "hf-inference", "openai_chat"),
        ("gateway.ai.cloudflare.com POST /v1/acct/gw/compat/chat/completions", "cloudflare-ai",
         "openai_chat"),
        ("bedrock-runtime.eu-west-1.amazonaws.com POST /model/m/converse", "bedrock",
         "bedrock_converse"),
        ("bedrock-runtime.eu-west-1.amazonaws.com POST /model/arn%3Aaws%2Fm/converse-stream",
         "bedrock", "bedrock_converse"),
        ("bedrock-runtime.us-east-1.amazonaws.com POST /model/m/invoke", "bedrock",
         "bedrock_invoke"),
        ("bedrock-agent-runtime.us-east-1.amazonaws.com POST /agents/a/x", "bedrock", "aws_api"),
        ("runtime.sagemaker.us-east-1.amazonaws.com POST /endpoints/e/invocations", "sagemaker",
         "aws_api"),
        ("api.cohere.com POST /v2/chat", "cohere-api", "cohere_chat"),
        ("api.cohere.com POST /v1/chat", "cohere-api", "cohere_api"),
        ("ollama.com POST /api/chat", "ollama-cloud", "ollama"),
        ("router.huggingface.co POST /hf-inference/models/m", "hf-inference", "tgi_generate"),
        ("api.replicate.com POST /v9/new/base/chat/completions", "replicate", "openai_chat"),
        ("acme.openai.azure.com POST /openai/threads", "azure-openai", "openai_api"),
        ("acme.openai.azure.com POST /openai/deployments/gpt/embeddings?api-version=1",
         "azure-openai", "openai_api"),
        ("bedrock-mantle.us-east-1.api.aws POST /anthropic/v1/messages", "bedrock",
         "anthropic_messages"),
        ("api.business.githubcopilot.com POST /chat/completions", "github-copilot",
         "github_copilot"),
        ("huggingface.co POST /chat/conversation/6a", "hugging-chat", "hugging_chat"),
        ("chatgpt.com POST /backend-api/f/conversation", "chatgpt", "chatgpt_web"),
        ("chatgpt.com POST /backend-api/codex/responses", "chatgpt", "openai_responses"),
        ("sdmntpr.oaiusercontent.com PUT /files/x", "chatgpt", "generic"),
        ("claude.ai POST /api/organizations/o/chat_conversations/c/completion", "claude",
         "claude_web"),
        ("gemini.google.com POST /u/1/_/BardChatUi/data/x.BardFrontendService/StreamGenerate",
         "gemini", "gemini_web"),
        ("you.com GET /api/streamingSearch?q=x", "you-com", "you_web"),
    ],
)  # fmt: skip
def test_an_address_finds_its_service_and_its_dialect(
    address: str, service: str, dialect: str
) -> None:
    endpoint = CATALOGUE.match(*address.split(" "))

    assert endpoint is not None
    assert (endpoint.service.service, endpoint.dialect) == (service, dialect)


def test_the_row_that_reads_microsoft_365_copilot_is_right(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "coverage.md").read_text("utf-8")
    own = tmp_path / "services.yaml"
    own.write_text(page.partition("```yaml\n")[2].partition("```")[0], "utf-8")
    found = load(own).match("substrate.office.com", "WS", "/m365Copilot/Chathub/oid@tid")

    assert found is not None
    assert (found.service.service, found.dialect) == ("copilot-m365", "copilot_signalr")
