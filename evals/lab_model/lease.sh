#!/bin/bash
# usage: lease.sh RUN OUT FIRST|SECOND   the fourth training, from a GGUF (by default what ships), on one H100.
# FIRST: own solutions drawn, judging and solving taught, all kinds and difficulties measured, to choose the levels by.
# SECOND: other solutions drawn and seen about once at a low rate: what was read several times is scored too surely.
RUN=$1; OUT=$2; GGUF=${GGUF:-ttc/lab/weights/ttc-lab.gguf}; T="python3 -m evals.lab_model.train --folder $RUN --rounds 1 --round 0 --start $GGUF"
set -x
if [ "$3" = FIRST ]; then
  $T --seed 17 --stage draw --problems 6000
  $T --seed 17 --stage judge --seconds 170 --rate 8e-4 --compile
else
  $T --seed 19 --stage draw --problems ${DRAWN:-4000}
  $T --seed 19 --stage judge --seconds ${JUDGE:-35} --rate 3e-4 --compile
fi
python3 -m evals.lab_model.measure --folder $RUN --out $OUT --pack-only
cp $RUN/weights.npz $RUN/log.jsonl $OUT/
[ "$3" = FIRST ] && python3 -m evals.lab_model.measure --folder $RUN --out $OUT --grid --problems 8
python3 -m evals.lab_model.measure --folder $RUN --out $OUT --splits dev
