"""Runs LiteRT for `pupil-rivals`, which sends lines of JSON and reads one line of JSON for each.

LiteRT's wheel has no C library with the interpreter, so that the loop of calls runs here: its times hold what Python
takes for a call, which the model `nothing` measures.
"""

import ctypes
import json
import os
import platform
import sys
import time
from importlib.metadata import version

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np


def memory():
    with open("/proc/self/status") as status:
        lines = (line.split() for line in status)
        return {line[0].rstrip(":"): 1024 * int(line[1]) for line in lines if line[-1:] == ["kB"]}


# Only this process is measured: the library counts, Python and numpy do not.
BEFORE = memory() if sys.argv[1:2] == ["alone"] else {}

from ai_edge_litert.interpreter import Interpreter


class Model:
    def __init__(self, path):
        self.interpreter = Interpreter(path, num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.output = self.interpreter.get_output_details()[0]["index"]

    def run(self, ids):
        self.interpreter.set_tensor(self.input, ids)
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output)


def answer(models, asked):
    ids = np.array(asked.get("ids", [[]]), np.int32)
    path = asked.get("path")
    if asked["do"] == "version":
        return version(asked["package"])
    if asked["do"] == "open":
        models[path] = Model(path)
        return None
    if asked["do"] == "first":
        start = time.perf_counter()
        model = Model(path)
        opened = time.perf_counter()
        model.run(ids)
        return [opened - start, time.perf_counter() - start]
    if asked["do"] == "run":
        return models[path].run(ids).ravel().tolist()
    if asked["do"] == "time":
        run, calls = models[path].run, range(asked["calls"])
        run(ids)
        start = time.perf_counter()
        for _ in calls:
            run(ids)
        return time.perf_counter() - start
    raise ValueError(asked["do"])


def alone(path, ids):
    """Opens a model in a new process and runs it once: what the process grows by, the library included."""
    print(json.dumps(footprint(BEFORE, Model(path), ids)))


def footprint(before, model, ids):
    model.run(np.array([ids], np.int32))
    after = memory()
    permitted, libc = ctypes.c_uint64(), ctypes.CDLL(None)
    # arch_prctl(ARCH_GET_XCOMP_PERM) on x86-64: whether the process has asked for the tile registers of AMX.
    asked = platform.machine() == "x86_64" and libc.syscall(158, 0x1022, ctypes.byref(permitted)) == 0
    return {
        "resident": after["VmRSS"] - before["VmRSS"],
        "peak": after["VmHWM"] - before["VmRSS"],
        "tiles": bool(permitted.value >> 18 & 1) if asked else None,
    }


def main():
    # Output of the library must not mix with the replies.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    models = {}
    for line in sys.stdin:
        try:
            reply = {"answer": answer(models, json.loads(line))}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=answers, flush=True)


if __name__ == "__main__":
    alone(sys.argv[2], json.loads(sys.argv[3])) if sys.argv[1:2] == ["alone"] else main()
