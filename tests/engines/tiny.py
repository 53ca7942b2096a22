"""Small models for names, trained here in seconds: no model hub can be reached, and none is needed.

They learn a handful of names in sentences put together at random. That is enough to see real
libraries load a real model from a folder and find a name in a text.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import torch
from gliner import GLiNER
from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

FIRST = ("Anna", "Peter", "Maria", "Jonas", "Lucia", "Karel")
LAST = ("Schmidt", "Novak", "Rossi", "Silva", "Berg", "Kowal")
PLACES = ("Berlin", "Praha", "Madrid", "Oslo")
OTHERS = (
    "we", "met", "in", "with", "please", "write", "to", "about", "the", "project", "and", "lives",
    "today", "call", ".", ",",
)  # fmt: skip
LABELS = ("O", "B-PER", "I-PER", "B-LOC")

type Tagged = list[tuple[str, int]]
"""Words, each with the index of its label."""


def _sentences(chance: random.Random) -> Iterator[Tagged]:
    while True:
        words: Tagged = []
        for _ in range(chance.randint(3, 10)):
            match chance.choices(("person", "place", "other"), (2, 1, 7))[0]:
                case "person":
                    words += [(chance.choice(FIRST), 1), (chance.choice(LAST), 2)]
                case "place":
                    words.append((chance.choice(PLACES), 3))
                case _:
                    words.append((chance.choice(OTHERS), 0))
        yield words


def _alone() -> None:
    """The same each time; on one thread, since two of torch wait for each other on a busy core."""
    torch.manual_seed(1)
    torch.set_num_threads(1)


def transformer(folder: Path) -> Path:
    """A BERT of two layers that marks PER and LOC, with its tokenizer, in `folder`."""
    _alone()
    folder.mkdir(parents=True)
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *("##" + c for c in letters)]
    pieces += [word.lower() for word in (*FIRST, *LAST, *PLACES, *OTHERS)]
    (folder / "vocab.txt").write_text("\n".join(pieces), "utf-8")
    tokenizer = BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), do_lower_case=True)
    tokenizer.model_max_length = 512
    model = BertForTokenClassification(
        BertConfig(
            vocab_size=len(pieces),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            id2label=dict(enumerate(LABELS)),
            label2id={label: index for index, label in enumerate(LABELS)},
        )
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    sentences = _sentences(random.Random(1))
    for _ in range(150):
        batch = [next(sentences) for _ in range(16)]
        read = tokenizer(
            [[word for word, _ in sentence] for sentence in batch],
            is_split_into_words=True,
            padding=True,
            return_tensors="pt",
        )
        wanted = [
            [-100 if at is None else sentence[at][1] for at in read.word_ids(index)]
            for index, sentence in enumerate(batch)
        ]
        model(**read, labels=torch.tensor(wanted)).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def gliner(folder: Path, encoder: Path) -> Path:
    """A GLiNER over the transformer in `encoder` that finds what it is asked for, in `folder`."""
    _alone()
    model = GLiNER.from_config(
        {
            "model_name": str(encoder),
            "model_type": "gliner",
            "span_mode": "markerV0",
            "hidden_size": 32,
            "max_width": 4,
            "max_types": 5,
            "max_len": 384,
            "dropout": 0.0,
        },
        load_tokenizer=True,
    )
    chance = random.Random(1)
    sentences = _sentences(chance)
    examples = []
    while len(examples) < 2000:
        words = next(sentences)
        spans = [
            [at, at + (label == 1), "person" if label == 1 else "location"]
            for at, (_, label) in enumerate(words)
            if label in (1, 3)
        ]
        if spans:
            examples.append({"tokenized_text": [word for word, _ in words], "ner": spans})
    batch_of = model._create_data_collator()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    model.train()
    for _ in range(250):
        model(**batch_of(chance.sample(examples, 16))).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    model.save_pretrained(folder)
    return folder
