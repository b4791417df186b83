#!/usr/bin/env bash
# Shows on one NVIDIA GPU what takes hours on a CPU: teachers that are language models, and scores by a prompt. It ends
# within ten minutes once the trainer is built; what did not finish resumes with the same command.
#
#     trainer/gpu.sh DATA [FOLDER]    # FOLDER keeps runs and the log; by default runs/gpu
#
# Needs CUDA 13.0's compiler (see Cargo.toml) and, once, `cargo xtask encoder` and `cargo xtask encoder smollm2`.
set -euo pipefail
if [ $# -lt 1 ] || [ ! -d "$1" ]; then
    echo "usage: trainer/gpu.sh DATA [FOLDER]; DATA is the folder of data sets" >&2
    exit 2
fi
data=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
out=${2:-runs/gpu}
mkdir -p "$out"

for encoder in all-MiniLM-L6-v2 SmolLM2-135M-Instruct; do
    if [ ! -d ".tools/encoders/$encoder" ]; then
        echo "trainer/gpu.sh: .tools/encoders/$encoder is missing: run \`cargo xtask encoder\` and \`cargo xtask encoder smollm2\`" >&2
        exit 2
    fi
done
cargo build --release --locked -p pupil-trainer --features cuda
train="target/release/pupil-train"

# The frozen weights in 16 bits, as a GPU has fast products in them.
for recipe in mind-ca-language-model asap-language-model; do
    sed 's/^\[teacher.also.lora\]$/&\nprecision = "bf16"/' "models/recipes/$recipe.toml" > "$out/$recipe.toml"
done

started=$SECONDS
failed=0
step() { # LIMIT NAME COMMAND...: runs a command for at most LIMIT seconds and says how long it took
    local limit=$1 name=$2 from=$SECONDS status=0
    shift 2
    timeout --signal=INT "$limit" "$@" || status=$?
    if [ "$status" = 0 ]; then
        echo "gpu: $name: $((SECONDS - from)) s, $((SECONDS - started)) s in all"
    else
        echo "gpu: $name: status $status after $((SECONDS - from)) s; 124 is its limit of $limit s"
        failed=1
    fi
}
{
    nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader
    step 200 "MIND-CA" "$train" run "$out/mind-ca-language-model.toml" --data "$data" --runs "$out"
    step 60 "ASAP-SAS by a prompt" "$train" prompt models/recipes/asap-prompt.toml --data "$data" --set test \
        --limit 100 --out "$out/asap-prompt.csv"
    step 10 "its agreement" "$train" evaluate --labels "$out/asap-prompt.csv"
    step 300 "ASAP-SAS" "$train" run "$out/asap-language-model.toml" --data "$data" --runs "$out"
    exit "$failed" # of the group: the pipe runs it in a shell of its own
} 2>&1 | tee "$out/log.txt"
