#!/bin/bash
# usage: fetch_wheels.sh OUT   ttc's own dependencies for Python 3.12, beside those that vLLM needs (they are small but
# for scipy, 35 MB: drop it where the host's image has one). On the host, check.py says what is still missing.
set -e
OUT=${1:?usage: fetch_wheels.sh OUT}; mkdir -p "$OUT"
python3 -m pip download -q --no-deps --only-binary=:all: --python-version 3.12 --implementation cp --abi cp312 --abi abi3 --abi none \
  --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --platform any \
  -d "$OUT" asyncio-throttle "math-verify>=0.9" "latex2sympy2_extended" "antlr4-python3-runtime==4.13.2" typer rich click shellingham \
  markdown-it-py mdurl pygments annotated-doc scipy networkx
ls -l "$OUT"
