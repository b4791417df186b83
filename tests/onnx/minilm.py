"""Imports the real MiniLM as an ONNX graph and compares pupil's results with ONNX Runtime.

    python tests/onnx/minilm.py

It needs `cargo xtask encoder`, and numpy, onnx, onnxruntime, tokenizers, torch and transformers.

The encoder in .tools/encoders gets three outputs with random weights; both score answers of 3 to 200 words.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

ROOT = Path(__file__).parents[2]
ENCODER = Path(os.environ.get("PUPIL_ENCODER", ROOT / ".tools/encoders/all-MiniLM-L6-v2"))
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
WORDS = "warm air expands because its particles move faster and need more room than the cold ones in the balloon".split()
TASKS = """
name = "minilm"
[[task]]
id = "three"
kind = "softmax"
labels = ["a", "b", "c"]
"""


class Classifier(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = AutoModel.from_pretrained(ENCODER, attn_implementation="eager")
        self.output = torch.nn.Linear(384, 3)

    def forward(self, input_ids, attention_mask, token_type_ids):
        tokens = self.encoder(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]
        mask = attention_mask[..., None].to(tokens.dtype)
        return self.output((tokens * mask).sum(1) / mask.sum(1))


def cargo(package, *arguments):
    command = ["cargo", "run", "--release", "--quiet", "--locked", "-p", package, "--features", "onnx", "--", *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def main():
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        graph, tasks, model = folder / "minilm.onnx", folder / "tasks.toml", folder / "minilm.pupil"
        ids = torch.ones(1, 8, dtype=torch.long)
        axes = {name: {0: "batch", 1: "tokens"} for name in INPUTS}
        torch.onnx.export(
            Classifier().eval(), (ids, ids, ids), graph, dynamo=False, opset_version=17,
            input_names=INPUTS, output_names=["logits"], dynamic_axes=axes,
        )
        tasks.write_text(TASKS)
        print(cargo("pupil-trainer", "import-onnx", graph, "--tokenizer", ENCODER / "tokenizer.json", "--tasks", tasks, "--output", model))
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_file(str(ENCODER / "tokenizer.json"))
        tokenizer.no_padding()
        worst = 0.0
        for count in [3, 10, 28, 29, 60, 100, 200]:
            answer = " ".join(rng.choice(WORDS, count))
            encoded = tokenizer.encode(answer)
            feed = {name: np.array([values], np.int64) for name, values in zip(INPUTS, (encoded.ids, encoded.attention_mask, encoded.type_ids))}
            logits = session.run(None, feed)[0][0].astype(np.float64)
            wanted = np.exp(logits) / np.exp(logits).sum()
            found = json.loads(cargo("pupil-cli", "score", model, "--task", "three", "--json", answer))
            found = np.array([label["probability"] for label in found["labels"]])
            worst = max(worst, np.abs(found - wanted).max())
            print(f"{count:4} words, {len(encoded.ids):4} tokens: {found.round(6)} here, {wanted.round(6)} there")
        print(f"largest difference of a probability: {worst:.1e}")


if __name__ == "__main__":
    main()
