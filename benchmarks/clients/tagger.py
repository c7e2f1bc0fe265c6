"""Language: flair's SequenceTagger learns which words stand before a name."""

import logging
import random

import torch
from flair.data import Dictionary, Sentence
from flair.embeddings import OneHotEmbeddings
from flair.models import SequenceTagger
from torch import nn

NAME = "SequenceTagger, sentences of 5 to 40 words"
LIBRARY = "flair"
WORDS = [f"word{number}" for number in range(200)]
BATCH, BATCHES = 32, 4


class Trial:
    """A tagger in both directions over packed sequences, with a random field on top."""

    def __init__(self, seed: int) -> None:
        logging.getLogger("flair").setLevel(logging.ERROR)
        draw = random.Random(seed)
        self.batches = [[_sentence(draw) for _ in range(BATCH)] for _ in range(BATCHES)]
        words, tags = Dictionary(add_unk=True), Dictionary(add_unk=False)
        for word in WORDS:
            words.add_item(word)
        for tag in ("early", "late"):
            tags.add_item(tag)
        embeddings = OneHotEmbeddings(words, embedding_length=100)
        self.tagger = SequenceTagger(embeddings, tags, "place", hidden_size=256)
        self.optimiser = torch.optim.SGD(self.tagger.parameters(), 0.1)

    @property
    def model(self) -> nn.Module:
        """What holds the LSTM."""
        return self.tagger

    def work(self) -> list[float]:
        """Takes four steps; returns their losses."""
        self.tagger.train()
        losses = []
        for batch in self.batches:
            self.optimiser.zero_grad()
            total, count = self.tagger.forward_loss(batch)
            (total / count).backward()
            self.optimiser.step()
            losses.append(float(total.detach() / count))
            for sentence in batch:
                sentence.clear_embeddings()  # flair keeps them with their graph
        return losses


def _sentence(draw: random.Random) -> Sentence:
    """Words, each tagged by whether the next one comes before it in the dictionary."""
    numbers = [draw.randrange(len(WORDS)) for _ in range(draw.randint(5, 40))]
    sentence = Sentence([WORDS[number] for number in numbers])
    for token, one, after in zip(sentence, numbers, [*numbers[1:], 0], strict=True):
        token.add_label("place", "late" if after < one else "early")
    return sentence
