"""The wire formats' own words: as a member's name or a whole value they say nothing of a person.

A word belongs here only if no secret, name or number could ever be spelled like it. What is
missing costs a few microseconds; what is here in error would not be read.
"""

import re

_NAMES = """
    messages role content text type name model stream stream_options include_usage input
    instructions prompt prediction temperature top_p top_k n stop stop_sequences seed logprobs
    top_logprobs logit_bias presence_penalty frequency_penalty max_tokens max_completion_tokens
    max_output_tokens max_tokens_to_sample response_format json_schema schema strict format
    verbosity modalities audio voice metadata user user_id store safety_identifier service_tier
    prompt_cache_key prompt_cache_retention previous_response_id conversation include background
    truncation reasoning reasoning_effort effort summary generate_summary encrypted_content
    tools tool_choice parallel_tool_calls tool_calls tool_call_id tool_use_id call_id function
    functions function_call arguments parameters description input_schema properties required
    items enum anyOf oneOf allOf additionalProperties $schema $ref $defs definitions default
    title minimum maximum minLength maxLength pattern const nullable cache_control ttl
    image_url url detail input_audio file file_id file_data file_url filename data source
    media_type refusal annotations status id object index output system thinking
    budget_tokens signature is_error citations container context mcp_servers betas
    contents parts systemInstruction system_instruction generationConfig generation_config
    safetySettings category threshold toolConfig functionCallingConfig functionDeclarations
    functionCall functionResponse response args inlineData inline_data fileData fileUri mimeType
    mime_type responseMimeType responseSchema responseJsonSchema maxOutputTokens topP topK
    stopSequences candidateCount thinkingConfig thinkingBudget includeThoughts thoughtSignature
    thought cachedContent labels request project user_prompt_id session_id
"""
_VALUES = """
    system developer user assistant tool function model text image_url input_audio file json
    json_object json_schema auto none required any string number integer boolean object array null
    message input_text output_text input_image input_file function_call function_call_output
    custom custom_tool_call custom_tool_call_output reasoning summary_text reasoning_text
    item_reference completed in_progress low medium high minimal concise detailed default flex
    priority disabled enabled ephemeral 5m 1h tool_use tool_result image document thinking
    redacted_thinking base64 url content adaptive AUTO ANY NONE VALIDATED STRING NUMBER INTEGER
    BOOLEAN OBJECT ARRAY TYPE_UNSPECIFIED application/json text/plain image/png image/jpeg
    reasoning.encrypted_content
"""

_IDS = """
    id call_id item_id tool_call_id tool_use_id approval_request_id file_id container_id
    prompt_cache_key previous_response_id session_id user_prompt_id
"""
IDS = frozenset(_IDS.split())
"""Members that hold an id; see `passages.Lines`."""
WORDS = frozenset((_NAMES + _VALUES).split()) | IDS
SEALED = frozenset(
    ("encrypted_content", "signature", "thoughtSignature", "thought_signature", "encrypted_index")
)
"""Members that hold what the service itself encrypted or signed."""
UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
"""RFC 9562, as a regular expression."""
MADE_IDS = re.compile(rf"(?:[a-z]{{1,10}}_)?{UUID}(?::\d{{1,4}})?")
"""Ids made by a machine, alone or as programs wind something around them: `msg_…`, `…:0`."""
MADE_HASHES = re.compile(r"[0-9a-f]{64}")
"""What programs know a machine by; only where a name says that it is an id."""
NAMES_AN_ID = re.compile(r"\A\Z|(?:id|Id|ID)\Z")
"""Matches the names of members that hold an id, and no name at all."""
