"""Converts the f32 models of `pupil-rivals prepare` for other runtimes: ONNX (f32, dynamic int8) and
LiteRT (f32, dynamic int8, one file per length). Does nothing if the files exist and nothing has changed.

    python benches/rivals/convert.py FOLDER
"""

import hashlib
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np  # noqa: E402


def arrays(path):
    """The arrays of a safetensors file, all of them f32."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header, data = json.loads(data[8 : 8 + length]), data[8 + length :]
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
        for name, entry in header.items()
    }


class Graph:
    """Builds an ONNX graph."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, op, inputs, output, **attributes):
        from onnx import helper

        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def linear(self, x, weight, bias, name):
        """x W' + b, as exporters write it for any number of tokens."""
        product = self.add("MatMul", [x, self.constant(f"{name}.weight", weight.T)], f"{name}.product")
        return self.add("Add", [product, self.constant(f"{name}.bias", bias)], name)

    def gemm(self, x, weight, bias, name):
        """x W' + b of one row."""
        inputs = [x, self.constant(f"{name}.weight", weight), self.constant(f"{name}.bias", bias)]
        return self.add("Gemm", inputs, name, transB=1)

    def save(self, path, levels, answers=1):
        from onnx import TensorProto, checker, helper, save

        ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [answers, "tokens"])
        probabilities = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [answers, levels])
        graph = helper.make_graph(self.nodes, "rival", [ids], [probabilities], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        checker.check_model(model)
        save(model, path)


def ordinal(w):
    """Weights and bias that give the logits of all cuts at once, and the matrix and offset that convert
    probabilities to levels: [1 - a, a - b, b - c, c]."""
    cuts = len(w["cuts"])
    weight = np.repeat(w["output"], cuts, axis=0)
    bias = (w["output.bias"] + w["cuts"]).astype(np.float32)
    steps = np.zeros((cuts + 1, cuts), np.float32)
    for level in range(cuts):
        steps[level, level], steps[level + 1, level] = -1, 1
    offset = np.zeros(cuts + 1, np.float32)
    offset[0] = 1
    return weight, bias, steps, offset


def lstm_onnx(w, path):
    hidden = w["recurrent"].shape[2]
    # ONNX orders the gates i, o, f, c.
    gates = np.concatenate([np.arange(g * hidden, (g + 1) * hidden) for g in (0, 3, 1, 2)])
    bias = np.concatenate([w["bias"][:, gates], np.zeros_like(w["bias"])], axis=1)
    g = Graph()
    x = g.add("Gather", [g.constant("embedding", w["embedding"]), "ids"], "embedded")
    x = g.add("Transpose", [x], "in_time", perm=[1, 0, 2])
    weights = [("input", w["input"][:, gates]), ("recurrent", w["recurrent"][:, gates]), ("bias", bias)]
    inputs = [x] + [g.constant(name, value) for name, value in weights]
    x = g.add("LSTM", inputs, "states", hidden_size=hidden, direction="bidirectional")
    x = g.add("ReduceMax", [x], "most", axes=[0], keepdims=0)
    x = g.add("Reshape", [x, g.constant("row", np.array([1, -1], np.int64))], "pooled")
    x = g.add("Relu", [g.gemm(x, w["hidden"], w["hidden.bias"], "hidden")], "hidden.relu")
    weight, bias, steps, offset = ordinal(w)
    x = g.add("Sigmoid", [g.gemm(x, weight, bias, "above.logits")], "above")
    g.gemm(x, steps, offset, "probabilities")
    g.save(path, len(offset))


def bert_onnx(w, path):
    width, layers, heads = w["words"].shape[1], shape(w)[0], shape(w)[1]
    g = Graph()
    n = lambda *numbers: np.array(numbers, np.int64)  # noqa: E731

    def norm(x, name):
        inputs = [x, g.constant(f"{name}.w", w[f"{name}.weight"]), g.constant(f"{name}.b", w[f"{name}.bias"])]
        return g.add("LayerNormalization", inputs, name, axis=-1, epsilon=1e-12)

    zero, one = g.constant("zero", n(0)), g.constant("one", n(1))
    split, joined = g.constant("split", n(0, 0, heads, width // heads)), g.constant("joined", n(0, 0, width))
    root, half = g.constant("root", np.float32(2**0.5)), g.constant("half", np.float32(0.5))
    unit, scale = g.constant("unit", np.float32(1)), g.constant("scale", np.float32((width // heads) ** 0.5))
    x = g.add("Gather", [g.constant("words", w["words"]), "ids"], "embedded")
    tokens = g.add("Slice", [g.add("Shape", ["ids"], "shape"), one, g.constant("two", n(2))], "tokens")
    places = g.constant("places", w["positions"] + w["segments"][0])
    x = g.add("Add", [x, g.add("Slice", [places, zero, tokens, zero], "placed")], "summed")
    x = norm(x, "norm")
    for i in range(layers):
        at = f"layer.{i}"
        parts = zip("qkv", np.split(w[f"{at}.qkv"], 3), np.split(w[f"{at}.qkv.bias"], 3))
        parts = [(part, g.linear(x, weight, bias, f"{at}.{part}")) for part, weight, bias in parts]
        order = {"q": [0, 2, 1, 3], "k": [0, 2, 3, 1], "v": [0, 2, 1, 3]}
        q, k, v = (
            g.add("Transpose", [g.add("Reshape", [y, split], f"{y}.split")], f"{y}.heads", perm=order[part])
            for part, y in parts
        )
        scores = g.add("Div", [g.add("MatMul", [q, k], f"{at}.products"), scale], f"{at}.scores")
        y = g.add("MatMul", [g.add("Softmax", [scores], f"{at}.shares", axis=-1), v], f"{at}.mixed")
        y = g.add("Reshape", [g.add("Transpose", [y], f"{at}.mixed.turned", perm=[0, 2, 1, 3]), joined], f"{at}.joined")
        y = g.linear(y, w[f"{at}.attended"], w[f"{at}.attended.bias"], f"{at}.attended")
        x = norm(g.add("Add", [y, x], f"{at}.attended.sum"), f"{at}.attended.norm")
        y = g.linear(x, w[f"{at}.up"], w[f"{at}.up.bias"], f"{at}.up")
        erf = g.add("Erf", [g.add("Div", [y, root], f"{at}.up.by_root")], f"{at}.up.erf")
        y = g.add("Mul", [y, g.add("Add", [erf, unit], f"{at}.up.erf.plus")], f"{at}.up.twice")
        y = g.add("Mul", [y, half], f"{at}.up.gelu")
        y = g.linear(y, w[f"{at}.down"], w[f"{at}.down.bias"], f"{at}.down")
        x = norm(g.add("Add", [y, x], f"{at}.down.sum"), f"{at}.down.norm")
    x = g.add("ReduceMean", [x], "pooled", axes=[1], keepdims=0)
    x = g.add("Relu", [g.gemm(x, w["hidden"], w["hidden.bias"], "hidden")], "hidden.relu")
    g.add("Softmax", [g.gemm(x, w["output"], w["output.bias"], "logits")], "probabilities", axis=-1)
    g.save(path, len(w["output.bias"]), "answers")


def fuse(plain, path, w):
    """Fuses a BERT with ONNX Runtime's tool: attention and additions become one operator each. This does not
    help in f32, but does once the model is quantized."""
    from onnxruntime.transformers import optimizer

    fused = optimizer.optimize_model(
        str(plain), "bert", num_heads=shape(w)[1], hidden_size=w["words"].shape[1], opt_level=0
    )
    fused.save_model_to_file(str(path))


def shape(w):
    """Layers and heads of a BERT like MiniLM: 32 numbers per head."""
    return sum(name.endswith(".qkv") for name in w), w["words"].shape[1] // 32


def lstm_litert(w, tokens):
    """Uses the layers of Keras, whose LSTM the converter can fuse."""
    import tensorflow as tf
    import tf_keras as keras

    hidden = w["recurrent"].shape[2]
    weight, bias, steps, offset = ordinal(w)
    model = keras.Sequential(
        [
            keras.layers.Embedding(*w["embedding"].shape),
            keras.layers.Bidirectional(keras.layers.LSTM(hidden, return_sequences=True)),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dense(len(w["hidden.bias"]), activation="relu"),
            keras.layers.Dense(len(bias), activation="sigmoid"),
            keras.layers.Dense(len(offset)),
        ]
    )
    model.build((1, tokens))
    # Keras orders the gates i, f, c, o, as the twin does.
    directions = [[w["input"][d].T, w["recurrent"][d].T, w["bias"][d]] for d in (0, 1)]
    weights = [w["embedding"], *directions[0], *directions[1], w["hidden"].T, w["hidden.bias"]]
    model.set_weights([*weights, weight.T, bias, steps.T, offset])
    return tf.function(lambda ids: model(ids)), model


def bert_litert(w, tokens, answers=1):
    """All tokens of all answers are rows of the products; attention is by answer."""
    import tensorflow as tf

    (layers, heads), width = shape(w), w["words"].shape[1]
    several, turn = ([], [1, 0, 2]) if answers == 1 else ([answers], [0, 2, 1, 3])
    keep = tf.Module()
    keep.variables_ = {name.replace(".", "_"): tf.Variable(value) for name, value in w.items()}
    v = {name: keep.variables_[name.replace(".", "_")] for name in w}

    def norm(x, name):
        mean = tf.reduce_mean(x, -1, keepdims=True)
        variance = tf.reduce_mean(tf.math.squared_difference(x, mean), -1, keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + 1e-12) * v[f"{name}.weight"] + v[f"{name}.bias"]

    def linear(x, name):
        return tf.matmul(x, v[name], transpose_b=True) + v[f"{name}.bias"]

    def forward(ids):
        places = v["positions"][:tokens] + v["segments"][0]
        words = ids[0] if answers == 1 else tf.reshape(ids, [-1])
        x = norm(tf.gather(v["words"], words) + (places if answers == 1 else tf.tile(places, [answers, 1])), "norm")
        for i in range(layers):
            at = f"layer.{i}"
            parts = zip(tf.split(v[f"{at}.qkv"], 3), tf.split(v[f"{at}.qkv.bias"], 3))
            q, k, u = (
                tf.transpose(tf.reshape(tf.matmul(x, m, transpose_b=True) + b, [*several, tokens, heads, width // heads]), turn)
                for m, b in parts
            )
            shares = tf.nn.softmax(tf.matmul(q, k, transpose_b=True) * (heads / width) ** 0.5)
            y = tf.reshape(tf.transpose(tf.matmul(shares, u), turn), [answers * tokens, width])
            x = norm(x + linear(y, f"{at}.attended"), f"{at}.attended.norm")
            y = tf.nn.gelu(linear(x, f"{at}.up"), approximate=False)
            x = norm(x + linear(y, f"{at}.down"), f"{at}.down.norm")
        if answers == 1:
            pooled = tf.reduce_mean(x, 0, keepdims=True)
        else:
            pooled = tf.reduce_mean(tf.reshape(x, [answers, tokens, width]), 1)
        return tf.nn.softmax(linear(tf.nn.relu(linear(pooled, "hidden")), "output"))

    return tf.function(forward), keep


def save_litert(function, keep, tokens, path, quantized, answers=1):
    import tensorflow as tf

    concrete = function.get_concrete_function(tf.TensorSpec([answers, tokens], tf.int32, name="ids"))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], keep)
    if quantized:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    path.write_bytes(converter.convert())


def nothing_litert(path, tokens):
    """Converts the first four ids to floats, to measure the overhead of a call."""
    import tensorflow as tf

    save_litert(tf.function(lambda ids: tf.cast(ids[:, :4], tf.float32)), tf.Module(), tokens, path, False)


def stamp(inputs, outputs):
    """A line that changes with any input, or None if an output is missing."""
    if not all(path.is_file() for path in outputs):
        return None
    digest = hashlib.sha256()
    for path in inputs:
        digest.update(path.read_bytes())
    for package in ("onnx", "onnxruntime", "tensorflow-cpu", "tf_keras"):
        digest.update(version(package).encode())
    return digest.hexdigest()


def main():
    folder = Path(sys.argv[1])
    lengths = json.loads((folder / "lengths.json").read_text())
    classes = json.loads((folder / "classes.json").read_text())
    makers = {"e-lstm": (lstm_onnx, lstm_litert), "minilm": (bert_onnx, bert_litert)}
    for model, (onnx_maker, litert_maker) in makers.items():
        twin, mark = folder / f"{model}.safetensors", folder / f"{model}.stamp"
        plain, small = folder / f"{model}.onnx", folder / f"{model}.int8.onnx"
        litert = {
            (tokens, kind): folder / f"{model}.{kind}.{tokens}.tflite"
            for tokens in lengths[model]
            for kind in ("f32", "int8")
        }
        nothing = folder / f"{model}.nothing.{lengths[model][0]}.tflite"
        if model in classes:
            litert |= {("class", kind): folder / f"{model}.{kind}.class.tflite" for kind in ("f32", "int8")}
        fused = folder / f"{model}.int8.fused.onnx"
        inputs = [twin, folder / "lengths.json", folder / "classes.json", Path(__file__)]
        outputs = [plain, small, nothing, *litert.values(), *([fused] if model == "minilm" else [])]
        if mark.is_file() and mark.read_text() == stamp(inputs, outputs):
            print(f"{model}: already converted", flush=True)
            continue
        weights = arrays(twin)
        onnx_maker(weights, plain)
        from onnxruntime.quantization import QuantType, quantize_dynamic

        # The last product only converts three probabilities to four: quantizing it would cost time without benefit.
        options = {"weight_type": QuantType.QInt8, "nodes_to_exclude": ["probabilities"]}
        quantize_dynamic(plain, small, **options)
        if model == "minilm":
            fuse(plain, fused, weights)
            # Fused operators do not declare the type of their outputs, which is f32.
            quantize_dynamic(fused, fused, extra_options={"DefaultTensorType": 1}, **options)
        print(f"{model}: {plain.name} and its int8 form are written", flush=True)
        nothing_litert(nothing, lengths[model][0])
        shapes = [(tokens, (1, tokens)) for tokens in lengths[model]]
        shapes += [("class", classes[model])] if model in classes else []
        for key, (answers, tokens) in shapes:
            function, keep = litert_maker(weights, tokens, *([answers] if key == "class" else []))
            for kind in ("f32", "int8"):
                path = litert[key, kind]
                save_litert(function, keep, tokens, path, kind == "int8", answers)
                print(f"{model}: {path.name} is written", flush=True)
        mark.write_text(stamp(inputs, outputs) or "")


if __name__ == "__main__":
    main()
