#!/bin/sh
# Signs the models of this folder with a key made for it, and writes that key into the samples. The secret key exists
# for as long as this runs: nobody can sign another file with it, and models that change are signed with the next key,
# which the samples then trust. An app of your own has a key that lasts: see docs/signing.md.
set -eu
cd "$(dirname "$0")/.."
secret=$(mktemp -d)
trap 'rm -rf "$secret"' EXIT INT TERM HUP
pupil=${PUPIL:-cargo run --quiet --release --bin pupil --}
$pupil keygen --key "$secret/models.key" --public "$secret/models.pub" --no-password
for model in models/*/*.pupil; do
    $pupil sign "$model" --key "$secret/models.key" --force
done
cp "$secret/models.pub" models/publisher.pub
key=$(tail -n 1 models/publisher.pub)
for sample in android/sample/src/shared/kotlin/io/github/pupilsdk/sample/Publisher.kt ios/Sample/Model/Publisher.swift; do
    sed "s|\"RW[A-Za-z0-9+/]*=*\"|\"$key\"|" "$sample" > "$secret/sample"
    cat "$secret/sample" > "$sample"
done
