#!/bin/bash
# usage: lease.sh STAGE OUT   one lease of a host with four GPUs and 64 cores, in this order (README.md):
#   install, (the pieces of the model, any command), model, steps, latency, breakable, replicas, collect
# Parts lie in /tmp/parts; among them math500.jsonl, truth.json, greedy.json. GPUs 2 and 3 serve the laboratory model six times from
# `install` on, and its tables run by them in the background; GPUs 0 and 1 serve Qwen from `model` on: rates and the
# latency model on 0, the MATH table on 1. /tmp/labout has what all of them leave.
STAGE=$1; OUT=$2; P=/tmp/parts; L=/tmp/labout; SECONDS_OF_TABLES=${SECONDS_OF_TABLES:-1000}
[ "$STAGE" = install ] && mkdir -p /tmp/repo $L && cp -r ttc evals pyproject.toml /tmp/repo/ # the tree may be copied anew at each call
cd /tmp/repo || exit 1
. evals/gpu/lease_common.sh

lab() { # six servers, which tokens they write, then the tables, a round of problems at a time
  python3 -m evals.lab_model.to_hf /tmp/lab
  local ports="8020 8021 8022 8023 8024 8025" found="" asked="" gpu=2
  for port in $ports; do laboratory $gpu $port float32 TRITON_ATTN "$FULL"; gpu=$((5 - gpu)); done
  laboratory 3 8030 bfloat16 FLASH_ATTN "$DECODE"
  for port in $ports; do up $port 150 && found="$found $port"; done
  if [ -z "$found" ]; then
    for port in $ports; do laboratory $gpu $port float32 TRITON_ATTN --enforce-eager; gpu=$((5 - gpu)); done
    for port in $ports; do up $port 90 && found="$found $port"; done
  fi
  up 8030 20 && TRUTHS="bfloat16:8030"
  for pair in float32:${found:1:4} $TRUTHS; do
    CUDA_VISIBLE_DEVICES= timeout 90 python3 -m evals.lab_model.engines /tmp/lab --truth $P/truth.json --url http://127.0.0.1:${pair#*:} --dtype ${pair%:*} \
      --out $L/engines-${pair%:*}.json > $L/engines-${pair%:*}.log 2>&1 &
    asked="$asked $!"
  done
  wait $asked
  [ -z "$found" ] && [ -n "$TRUTHS" ] && found=" 8030"
  date +"lab servers$found %T"
  set -- $found; ALONE=${@: -1}; [ $# -gt 1 ] && set -- "${@:1:$#-1}" # the last one is for counters of its own
  echo $ALONE > /tmp/alone; URLS=$(for port in "$@"; do echo -n ",http://127.0.0.1:$port/v1#ttc-lab"; done)
  { timeout 90 python3 evals/gpu/check_vllm.py --url http://127.0.0.1:$ALONE/v1 --greedy $P/greedy.json --out $L/checks.json > $L/checks.log 2>&1
    timeout 420 python3 evals/gpu/savings.py --base-url http://127.0.0.1:$ALONE/v1 --problems lab --limit 32 --max-tokens 640 --out $L/savings_lab.json > $L/savings_lab.log 2>&1; } &
  export OMP_NUM_THREADS=1
  END=$(($(date +%s) + SECONDS_OF_TABLES))
  table lab lab 32; table step_search ets-dev 64 --split dev --widths 16 --only "rebase,ets b" --ets 1/0,1.25/0,1.5/0,2/0,2/1,3/1.4,4/2
  table step_search step_search 32 --ets-from $L/ets-dev; table lab lab 64; table step_search step_search 64 --ets-from $L/ets-dev; table lab lab 96
  touch /tmp/tabled
}

case $STAGE in
  install)
    bash $P/setup.sh $P > $L/setup.log 2>&1; tail -2 $L/setup.log; nproc; nvidia-smi -L
    python3 evals/gpu/imports.py; behind lab;;
  lab) lab;;
  math) timeout ${T:-600} python3 evals/gpu/math_table.py --base-url http://127.0.0.1:8001/v1 --problems $P/math500.jsonl --out $L/math --seconds ${T:-580}; touch /tmp/mathed;;
  hidden)
    CUDA_VISIBLE_DEVICES=3 PORT=8012 evals/gpu/hidden_states.sh /tmp/lab $L float32; date +"lab %T"
    CUDA_VISIBLE_DEVICES=2 PORT=8013 evals/gpu/hidden_states.sh /tmp/model $L bfloat16 --problems $P/math500.jsonl; date +"Qwen %T";;
  model)
    cat $P/part.* > /tmp/model.gguf && rm $P/part.*; python3 $P/gguf2hf.py /tmp/model.gguf /tmp/model | tail -1
    qwen 0 8000 $FULL; qwen 1 8001 $DECODE
    up 8001 180 && behind math; up 8000 60 || { qwen 0 8000 $DECODE; up 8000 120; }
    behind hidden; first full; keep; cat $L/lab.log; tail -n 2 $L/table-*.log;;
  steps) parts steps 8000 full; tail -3 $L/parts-full.log; keep; cat $L/lab.log; tail -n 2 $L/table-*.log;;
  latency) parts latency 8000; tail -3 $L/parts-8000.log; keep; cat $L/lab.log; tail -n 2 $L/table-*.log $L/math.log $L/hidden.log;;
  breakable)
    end 8000; VLLM_USE_BREAKABLE_CUDAGRAPH=1 qwen 0 8000 $BREAKABLE
    up 8000 150 && { first breakable; parts steps 8000 breakable; tail -3 $L/parts-breakable.log; }; keep; cat $L/lab.log; tail -n 2 $L/table-*.log $L/math.log;;
  replicas)
    for i in $(seq 1 ${WAIT:-200}); do [ -f /tmp/mathed ] && break; sleep 1; done
    timeout 150 python3 evals/gpu/replicas.py --base-urls http://127.0.0.1:8000/v1,http://127.0.0.1:8001/v1 --problems $P/math500.jsonl --out $L/replicas.json > $L/replicas.log 2>&1
    tail -5 $L/replicas.log; keep; cat $L/lab.log;;
  collect) for i in $(seq 1 ${WAIT:-1}); do [ -f /tmp/tabled ] && break; sleep 1; done; keep; cat $L/lab.log; tail -n 3 $L/*.log;;
esac
