#!/bin/bash
# usage: lease_two.sh STAGE OUT   one lease of a host with two GPUs and 32 cores, in this order (README.md):
#   install, (the pieces of the model, any command), model, quiet, math, collect
# Parts lie in /tmp/parts; among them math500.jsonl, truth.json, greedy.json. From `install` on the laboratory model's weights
# are measured, and five servers of it make its tables in the background, but not during `quiet`, when rates are taken; Qwen is
# served on both GPUs from `model` on. /tmp/labout has what all of them leave.
STAGE=$1; OUT=$2; P=/tmp/parts; L=/tmp/labout
[ "$STAGE" = install ] && mkdir -p /tmp/repo $L && date +%s > /tmp/begun && cp -r ttc evals pyproject.toml /tmp/repo/ # the tree may be copied anew at each call
cd /tmp/repo || exit 1
. evals/gpu/lease_common.sh
MEMORY=0.5 # the laboratory model has its place on both

lab() { # five servers, which tokens they write, then the tables, a round of problems at a time
  python3 -m evals.lab_model.to_hf /tmp/lab
  local found="" gpu=1
  for port in 8020 8021 8022 8023 8024; do laboratory $gpu $port float32 TRITON_ATTN "$FULL"; gpu=$((1 - gpu)); done
  for port in 8020 8021 8022 8023 8024; do up $port 200 && found="$found $port"; done
  [ -z "$found" ] && return
  date +"lab servers$found %T"
  CUDA_VISIBLE_DEVICES= timeout 120 python3 -m evals.lab_model.engines /tmp/lab --truth $P/truth.json --url http://127.0.0.1:${found:1:4} --dtype float32 \
    --out $L/engines-float32.json > $L/engines-float32.log 2>&1 &
  timeout 90 python3 evals/gpu/check_vllm.py --url http://127.0.0.1:${found:1:4}/v1 --greedy $P/greedy.json --out $L/checks.json > $L/checks.log 2>&1 &
  URLS=$(for port in $found; do echo -n ",http://127.0.0.1:$port/v1#ttc-lab"; done)
  export OMP_NUM_THREADS=1
  END=$(($(cat /tmp/begun) + ${LAST:-840})) # seconds from the first command on
  patient lab lab 32; patient lab lab 64; patient step_search step_search 32 --ets 3/1.4
  touch /tmp/tabled
}

patient() { # a table that is broken off when rates are to be taken, and goes on afterwards
  while [ $((END - $(date +%s))) -gt 20 ]; do
    while [ -f /tmp/quiet ]; do sleep 1; done
    WORKERS=20 table "$@"
    [ -f /tmp/quiet ] || break
  done
}

measure() { # the shipped weights on test problems, beside the servers' start
  CUDA_VISIBLE_DEVICES=0 timeout 400 python3 -m evals.lab_model.measure --gguf ttc/lab/weights/ttc-lab.gguf --out $L/measured --splits test
  date +"measured %T"
}

case $STAGE in
  install)
    bash $P/setup.sh $P > $L/setup.log 2>&1; tail -2 $L/setup.log; nproc; nvidia-smi -L
    python3 evals/gpu/imports.py; behind measure; behind lab;;
  lab) lab;;
  measure) measure;;
  model)
    cat $P/part.* > /tmp/model.gguf && rm $P/part.*; python3 $P/gguf2hf.py /tmp/model.gguf /tmp/model | tail -1
    for gpu in 0 1; do qwen $gpu 800$gpu $FULL --api-server-count 4 --disable-uvicorn-access-log; done
    up 8000 200; up 8001 30; first full; keep; cat $L/lab.log $L/measure.log; tail -n 2 $L/table-*.log;;
  quiet)
    touch /tmp/quiet; pkill -TERM -f evals.tables; sleep 2; uptime
    timeout 150 python3 evals/gpu/replicas.py --base-urls http://127.0.0.1:8000/v1,http://127.0.0.1:8001/v1 --problems $P/math500.jsonl \
      --out $L/replicas.json > $L/replicas.log 2>&1; tail -c 300 $L/replicas.log; date +"replicas %T"
    end 8000 # its GPU is for the engine in process, which starts while the other server grows texts by steps
    ENGINE='{"dtype": "bfloat16", "max_model_len": 4096, "max_num_seqs": 1024, "gpu_memory_utilization": 0.5, "attention_backend": "FLASH_ATTN", "compilation_config": {"mode": 0, "cudagraph_mode": "FULL", "cudagraph_capture_sizes": '$SIZES'}}'
    CUDA_VISIBLE_DEVICES=0 timeout 330 python3 evals/gpu/in_process.py /tmp/model --problems $P/math500.jsonl --order steps --limit 64 --flight 512 --repeats 2 \
      --out $L/in_process_steps.json --engine "$ENGINE" > $L/in_process.log 2>&1 &
    parts steps 8001 fronts; tail -n 1 $L/parts-fronts.log; date +"steps %T"
    wait; tail -c 400 $L/in_process.log; date +"in process %T"
    rm /tmp/quiet; behind math; behind hidden; keep; cat $L/lab.log;;
  math)
    T=$(($(cat /tmp/begun) + ${LAST:-840} - $(date +%s)))
    timeout $((T + 10)) python3 evals/gpu/math_table.py --base-url http://127.0.0.1:8001/v1 --problems $P/math500.jsonl --limit 150 --out $L/math --seconds $T \
      --only "self_consistency n=16,deepconf online,deepconf offline,seat"; date +"math %T";;
  hidden)
    CUDA_VISIBLE_DEVICES=0 PORT=8012 evals/gpu/hidden_states.sh /tmp/lab $L float32; date +"lab %T"
    CUDA_VISIBLE_DEVICES=0 PORT=8013 evals/gpu/hidden_states.sh /tmp/model $L bfloat16 --problems $P/math500.jsonl; date +"Qwen %T";;
  collect) while [ ! -f /tmp/tabled ] && [ $(date +%s) -lt $(($(cat /tmp/begun) + ${LAST:-840} + 12)) ]; do sleep 1; done; keep; cat $L/lab.log; tail -n 3 $L/*.log;;
esac
