"""Times other runtimes on the same network: embedding 32, bidirectional LSTM 16, max pool, dense 16, softmax 4.

One thread, ids in, probabilities out, as `cargo bench --bench models` times Pupil. Prints microseconds per answer:
the median and the minimum over rounds.

    python3 -m venv venv && venv/bin/pip install torch onnx onnxruntime
    venv/bin/python benches/rivals/e_lstm.py
"""

import os
import statistics
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"

import onnx  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402
from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: E402

torch.set_num_threads(1)
torch.manual_seed(0)
ROUNDS, CALLS = 30, 200


class ELstm(torch.nn.Module):
    def __init__(self, vocabulary=800, embedding=32, hidden=16, dense=16, levels=4):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, embedding)
        self.lstm = torch.nn.LSTM(embedding, hidden, bidirectional=True, batch_first=True)
        self.dense = torch.nn.Linear(2 * hidden, dense)
        self.output = torch.nn.Linear(dense, levels)

    def forward(self, ids):
        states, _ = self.lstm(self.embedding(ids))
        pooled = states.amax(dim=1)
        return torch.softmax(self.output(torch.relu(self.dense(pooled))), dim=-1)


def nothing():
    """An ONNX model that hands its ids back: what a call costs by itself."""
    ids = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.INT64, [1, None]) for n in ("ids", "same")]
    node = onnx.helper.make_node("Identity", ["ids"], ["same"])
    graph = onnx.helper.make_graph([node], "nothing", ids[:1], ids[1:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString()


def timed(call):
    for _ in range(CALLS):
        call()
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(CALLS):
            call()
        rounds.append((time.process_time() - start) / CALLS * 1e6)
    return statistics.median(rounds), min(rounds)


def main():
    model = ELstm().eval()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        plain, small = os.path.join(folder, "f32.onnx"), os.path.join(folder, "int8.onnx")
        torch.onnx.export(
            model,
            (torch.zeros(1, 15, dtype=torch.long),),
            plain,
            input_names=["ids"],
            output_names=["probabilities"],
            dynamic_axes={"ids": {1: "tokens"}},
            dynamo=False,
        )
        quantize_dynamic(plain, small, weight_type=QuantType.QInt8)
        for name, model_file in [("onnxruntime none", nothing()), ("onnxruntime f32", plain), ("onnxruntime int8", small)]:
            start = time.perf_counter()
            session = onnxruntime.InferenceSession(model_file, options, providers=["CPUExecutionProvider"])
            opened = (time.perf_counter() - start) * 1e3
            for tokens in (15, 50):
                ids = {"ids": torch.randint(0, 800, (1, tokens)).numpy()}
                median, least = timed(lambda: session.run(None, ids))
                print(f"{name:18} {tokens:3} tokens: median {median:7.1f} us, minimum {least:7.1f} us, session {opened:.1f} ms")
    for tokens in (15, 50):
        ids = torch.randint(0, 800, (1, tokens))
        with torch.inference_mode():
            median, least = timed(lambda: model(ids))
        print(f"{'pytorch f32':18} {tokens:3} tokens: median {median:7.1f} us, minimum {least:7.1f} us")


if __name__ == "__main__":
    main()
