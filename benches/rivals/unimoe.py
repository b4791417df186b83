"""Times ONNX Runtime on the network of `cargo bench --bench unimoe`: MiniLM-L6, alone and with a mixture on every token.

One thread, 64 ids in, probabilities out, random weights; f32 and dynamic int8. Prints milliseconds per answer: the
median and the minimum over rounds.

    python3 -m venv venv && venv/bin/pip install torch transformers onnx onnxruntime
    venv/bin/python benches/rivals/unimoe.py
"""

import os
import statistics
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"

import onnxruntime  # noqa: E402
import torch  # noqa: E402
from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: E402
from torch import nn  # noqa: E402
from transformers import BertConfig, BertModel  # noqa: E402

torch.set_num_threads(1)
torch.manual_seed(0)
ROUNDS, TOKENS, WIDTH = 60, 64, 384


class Block(nn.Module):
    def __init__(self, experts=4, hidden=512, gate=128, task=64):
        super().__init__()
        self.task = nn.Parameter(torch.randn(1, task))
        self.gate, self.choice = nn.Linear(WIDTH + task, gate), nn.Linear(gate, experts)
        self.up = nn.ModuleList(nn.Linear(WIDTH, hidden) for _ in range(experts))
        self.down = nn.ModuleList(nn.Linear(hidden, WIDTH) for _ in range(experts))

    def forward(self, tokens):
        pooled = torch.cat([tokens.mean(1), self.task], 1)
        weights = self.choice(self.gate(pooled).relu()).softmax(-1)
        return sum(weights[:, j, None, None] * self.down[j](self.up[j](tokens).relu()) for j in range(len(self.up)))


class UniMoe(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        config = BertConfig(hidden_size=WIDTH, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
        config._attn_implementation = "eager"
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.blocks = nn.Sequential(*(Block() for _ in range(blocks)))
        self.head = nn.Sequential(nn.Linear(WIDTH, 192), nn.ReLU(), nn.Linear(192, 4))

    def forward(self, ids):
        tokens = self.blocks(self.encoder(ids, attention_mask=torch.ones_like(ids))[0])
        return self.head(tokens.mean(1)).softmax(-1)


def timed(call):
    for _ in range(5):
        call()
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        rounds.append((time.process_time() - start) * 1e3)
    return statistics.median(rounds), min(rounds)


def main():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    ids = torch.randint(0, 30_522, (1, TOKENS))
    for mixture, blocks in [("none", 0), ("token", 2)]:
        model = UniMoe(blocks).eval()
        with tempfile.TemporaryDirectory() as folder:
            plain, small = os.path.join(folder, "f32.onnx"), os.path.join(folder, "int8.onnx")
            axes = {"ids": {1: "tokens"}}
            torch.onnx.export(
                model, (ids,), plain, input_names=["ids"], output_names=["probabilities"], dynamic_axes=axes, dynamo=False
            )
            quantize_dynamic(plain, small, weight_type=QuantType.QInt8)
            for name, path in [("onnxruntime f32", plain), ("onnxruntime int8", small)]:
                start = time.perf_counter()
                session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
                session.run(None, {"ids": ids.numpy()})
                opened = (time.perf_counter() - start) * 1e3
                median, least = timed(lambda: session.run(None, {"ids": ids.numpy()}))
                size = os.path.getsize(path) / 1e6
                print(
                    f"mixture {mixture:5} {name:17}: median {median:6.2f} ms, minimum {least:6.2f} ms, "
                    f"file of {size:.0f} MB to first score {opened:.0f} ms"
                )
        with torch.inference_mode():
            median, least = timed(lambda: model(ids))
        print(f"mixture {mixture:5} {'pytorch f32':17}: median {median:6.2f} ms, minimum {least:6.2f} ms")


if __name__ == "__main__":
    main()
