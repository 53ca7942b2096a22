"""A small value that meets a JSON Schema and has one sentence in its strings.

A client that asked for JSON asks again and again when it gets prose; gemini-cli's classifier does
so five times. Source: JSON Schema 2020-12, the keywords that model APIs take, read 2026-11-21.
Misses: `pattern`, `format`, `$ref`, `allOf` and whatever else only a solver could meet.
"""

from proxy_addons.dialects.base import Json

_LEVELS = 16


def example(schema: Json, sentence: str, levels: int = _LEVELS) -> Json:
    """A value for `schema`; `sentence` itself where the schema says nothing."""
    if not isinstance(schema, dict) or not levels:
        return sentence
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    for name in ("enum", "anyOf", "oneOf"):
        if isinstance(choices := schema.get(name), list) and choices:
            return choices[0] if name == "enum" else example(choices[0], sentence, levels - 1)
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) and kind else kind:
        case "object":
            return _object(schema, sentence, levels - 1)
        case "array":
            count = _bound(schema.get("minItems"), 0)
            return [example(schema.get("items"), sentence, levels - 1)] * min(int(count), 100)
        case "integer" | "number":
            # programs check bounds that their schemas do not say; scores begin at 1
            return _bound(schema.get("minimum"), min(_bound(schema.get("maximum"), 1), 1))
        case "boolean":
            return False
        case "null":
            return None
        case _:
            longest = schema.get("maxLength")
            return sentence[:longest] if isinstance(longest, int) else sentence


def _object(schema: dict[str, Json], sentence: str, levels: int) -> Json:
    members = schema.get("properties")
    if not isinstance(members, dict):
        return {}
    required = schema.get("required")
    names = required if isinstance(required, list) and required else list(members)
    return {str(name): example(members.get(str(name)), sentence, levels) for name in names}


def _bound(value: Json, otherwise: int | float) -> int | float:
    return value if isinstance(value, int | float) else otherwise
