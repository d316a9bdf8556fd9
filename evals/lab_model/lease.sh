#!/bin/bash
# usage: lease.sh RUN OUT FIRST|SECOND   goes on training from a GGUF on one H100, in two calls of under ten minutes
RUN=$1; OUT=$2; GGUF=${GGUF:-ttc/lab/weights/ttc-lab.gguf}; T="python3 -m evals.lab_model.train --folder $RUN"
set -x
if [ "$3" = FIRST ]; then
  $T --stage solve --seconds 190 --compile --start $GGUF --seed 7
  $T --stage draw --round 0 --seed 7
  $T --stage judge --round 0 --seconds 120 --compile --seed 7
else
  $T --stage draw --round 1 --seed 7
  $T --stage judge --round 1 --seconds 110 --compile --seed 7
  python3 -m evals.lab_model.measure --folder $RUN --out $OUT --grid --problems 12
  cp $RUN/weights.npz $RUN/log.jsonl $OUT/
fi
