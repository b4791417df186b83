"""Opens a model in one runtime and runs it so many times; `cargo xtask rivals --arm` counts the instructions.

    python arm.py KIND FILE TOKENS CALLS
"""

import sys

import numpy as np

kind, path, tokens, calls = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
ids = np.arange(1, tokens + 1)[None]
if kind == "onnxruntime":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = {"ids": ids.astype(np.int64)}
    for _ in range(calls):
        session.run(None, feed)
else:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(path, num_threads=1)
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    interpreter.set_tensor(given["index"], ids.astype(np.int32))
    for _ in range(calls):
        interpreter.invoke()
