"""Times PyTorch on the training steps of `cargo bench -p pupil-trainer --bench steps`: forward, loss, backward,
clipping, AdamW, 32 answers a step. Prints milliseconds per step: median and minimum over rounds.

    python3 -m venv venv && venv/bin/pip install torch transformers
    venv/bin/python benches/rivals/train_step.py [THREADS]
"""

import statistics
import sys
import time

import torch
import transformers

BATCH, LEVELS, VOCABULARY = 32, 4, 800


class ELstm(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCABULARY, 32)
        self.drop = torch.nn.Dropout(0.1)
        self.lstm = torch.nn.LSTM(32, 16, bidirectional=True, batch_first=True)
        self.dense = torch.nn.Linear(32, 16)
        self.output = torch.nn.Linear(16, LEVELS - 1)

    def forward(self, ids):
        states, _ = self.lstm(self.drop(self.embedding(ids)))
        return self.output(self.drop(torch.relu(self.dense(states.amax(dim=1)))))


class MiniLm(torch.nn.Module):
    def __init__(self):
        super().__init__()
        config = transformers.BertConfig(
            vocab_size=30522,
            hidden_size=384,
            num_hidden_layers=6,
            num_attention_heads=12,
            intermediate_size=1536,
            attention_probs_dropout_prob=0.0,
        )
        self.encoder = transformers.BertModel(config, add_pooling_layer=False)
        self.output = torch.nn.Linear(384, LEVELS - 1)

    def forward(self, ids):
        return self.output(self.encoder(input_ids=ids).last_hidden_state.mean(dim=1))


def timed(model, tokens, rounds, steps):
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-5)
    ids = torch.randint(0, VOCABULARY, (BATCH, tokens))
    target = torch.randint(0, 2, (BATCH, LEVELS - 1)).float()

    def step():
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(ids), target)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    for _ in range(max(2, steps // 10)):
        step()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        taken.append((time.perf_counter() - start) / steps * 1e3)
    return statistics.median(taken), min(taken)


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else torch.get_num_threads()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    for tokens in (15, 50):
        print("e-lstm,  1 thread,  %3d tokens: median %7.2f ms, minimum %7.2f ms" % (tokens, *timed(ELstm(), tokens, 10, 100)), flush=True)
    torch.set_num_threads(threads)
    for tokens in (64, 128):
        print("mini-lm, %d threads, %3d tokens: median %7.0f ms, minimum %7.0f ms" % (threads, tokens, *timed(MiniLm(), tokens, 5, 3)), flush=True)


if __name__ == "__main__":
    main()
