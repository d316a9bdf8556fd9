#!/bin/bash
# usage: lease.sh RUN OUT FIRST|SECOND   goes on training from a GGUF on one H100, in two calls of under ten minutes
RUN=$1; OUT=$2; GGUF=${GGUF:-ttc/lab/weights/ttc-lab.gguf}; T="python3 -m evals.lab_model.train --folder $RUN --seed 11"
set -x
if [ "$3" = FIRST ]; then
  $T --stage solve --seconds 80 --rate 1.2e-3 --compile --start $GGUF
  $T --stage draw --round 0 --problems 16000
else
  $T --stage judge --round 0 --rounds 1 --seconds 150 --rate 1e-3 --compile
  python3 -m evals.lab_model.measure --folder $RUN --out $OUT --grid --problems 12
  cp $RUN/weights.npz $RUN/log.jsonl $OUT/
fi
