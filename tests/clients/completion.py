"""Prompts by LiteLLM, through whatever the environment says; what a person would read of each.

python completion.py MODEL yes|no < prompts.json
"""

import json
import sys
from typing import Any

import litellm


def ask(model: str, streamed: bool, prompt: str) -> str:
    """The answer, or the message of the error."""
    said = [{"role": "user", "content": prompt}]
    keys = {"api_key": "none", "max_retries": 0, "num_retries": 0, "timeout": 60}
    try:
        answer: Any = litellm.completion(model=model, messages=said, stream=streamed, **keys)
        if not streamed:
            return answer.choices[0].message.content or ""
        return "".join(chunk.choices[0].delta.content or "" for chunk in answer)
    except Exception as e:  # whatever a person would see
        return str(e)


if __name__ == "__main__":
    litellm.telemetry = False
    prompts = json.load(sys.stdin)
    print(json.dumps([ask(sys.argv[1], sys.argv[2] == "yes", prompt) for prompt in prompts]))
