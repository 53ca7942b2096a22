"""Writes a language model that knows nothing: a llama of two layers with random weights.

    python tiny_model.py OUT.gguf

It speaks letters at random, which is all it takes to see a real server answer. Needs `gguf`.
"""

import sys
from collections.abc import Iterator

import gguf
import numpy as np

WIDTH, LAYERS, HEADS, INNER, CONTEXT = 64, 2, 4, 128, 4096
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def vocabulary() -> Iterator[tuple[bytes, float, int]]:
    """Piece, score and kind: marks, all bytes, the printable letters."""
    yield b"<unk>", 0.0, UNKNOWN
    for mark in (b"<s>", b"</s>", b"<|im_start|>", b"<|im_end|>"):
        yield mark, 0.0, CONTROL
    for byte in range(256):
        yield b"<0x%02X>" % byte, 0.0, BYTE
    for place, letter in enumerate(map(chr, range(32, 127))):
        yield letter.replace(" ", "\u2581").encode(), -float(place), NORMAL


def main(path: str) -> None:
    """Writes it."""
    chance = np.random.default_rng(20261128)
    pieces, scores, kinds = zip(*vocabulary(), strict=True)

    def random(*shape: int) -> np.ndarray:
        return (chance.standard_normal(shape) * 0.08).astype(np.float32)

    out = gguf.GGUFWriter(path, "llama")
    out.add_name("tiny")
    out.add_context_length(CONTEXT)
    out.add_embedding_length(WIDTH)
    out.add_block_count(LAYERS)
    out.add_feed_forward_length(INNER)
    out.add_head_count(HEADS)
    out.add_head_count_kv(HEADS)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_rope_dimension_count(WIDTH // HEADS)
    out.add_vocab_size(len(pieces))
    out.add_tokenizer_model("llama")
    out.add_token_list(pieces)
    out.add_token_scores(scores)
    out.add_token_types(kinds)
    out.add_bos_token_id(1)
    out.add_eos_token_id(4)
    out.add_unk_token_id(0)
    out.add_chat_template(TEMPLATE)
    ends = random(len(pieces), WIDTH)
    ends[: len(pieces) - 95] *= 0.01  # letters are likelier than marks and bare bytes
    out.add_tensor("token_embd.weight", random(len(pieces), WIDTH))
    out.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    out.add_tensor("output.weight", ends)
    for layer in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            out.add_tensor(f"blk.{layer}.{name}.weight", np.ones(WIDTH, np.float32))
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            out.add_tensor(f"blk.{layer}.{name}.weight", random(WIDTH, WIDTH))
        for name, shape in (
            ("ffn_gate", (INNER, WIDTH)),
            ("ffn_up", (INNER, WIDTH)),
            ("ffn_down", (WIDTH, INNER)),
        ):
            out.add_tensor(f"blk.{layer}.{name}.weight", random(*shape))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


if __name__ == "__main__":
    main(sys.argv[1])
