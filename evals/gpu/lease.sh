#!/bin/bash
# usage: lease.sh STAGE OUT   one lease of a host with four GPUs and 64 cores, in this order (README.md):
#   install, cpu, model, tables, rates, collect
# Parts lie in /tmp/parts. The last GPU belongs to the laboratory model, which is trained on, measured and served in the
# background from `install` on; from `cpu` on its tables run on the cores by llama.cpp. /tmp/labout has what they leave.
STAGE=$1; OUT=$2; P=/tmp/parts; L=/tmp/labout
[ "$STAGE" = install ] && mkdir -p /tmp/repo $L && cp -r ttc evals pyproject.toml /tmp/repo/ # the tree may be copied anew at each call
cd /tmp/repo || exit 1
export PYTHONPATH=/tmp/site:$PWD HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 \
  VLLM_USE_FLASHINFER_SAMPLER=0 VLLM_WORKER_MULTIPROC_METHOD=spawn TOKENIZERS_PARALLELISM=false
LAST=$(($(nvidia-smi -L | wc -l) - 1)); WORKERS=${WORKERS:-18}
WEIGHTS=ttc/lab/weights/ttc-lab.gguf

train() { # the judging stage once more, on the last GPU; then what ships, its measurement, and transformers' greedy tokens
  export CUDA_VISIBLE_DEVICES=$LAST
  T="python3 -m evals.lab_model.train --folder /tmp/run --seed 13 --start $WEIGHTS --round 0"
  $T --stage draw --problems 6000 && $T --stage judge --rounds 1 --seconds 90 --rate 8e-4 --compile &&
    python3 -m evals.lab_model.measure --folder /tmp/run --out $L --pack-only &&
    python3 -m evals.lab_model.to_gguf /tmp/run/weights.npz /tmp/new.gguf && mv /tmp/new.gguf $WEIGHTS && cp $WEIGHTS /tmp/run/log.jsonl $L/
  touch /tmp/trained; date +"trained %T"
  python3 -m evals.lab_model.to_hf /tmp/lab
  CUDA_VISIBLE_DEVICES= python3 -m evals.lab_model.engines /tmp/lab --truth $L/truth.json > $L/truth.log 2>&1 &
  python3 -m evals.lab_model.measure --gguf $WEIGHTS --out $L --workers 8
  date +"measured %T"; wait
  TRUTH=$L/truth.json evals/gpu/lab_server.sh $L 8010; date +"served %T"
  [ -f $L/lab_server.pid ] && URL=http://127.0.0.1:8010/v1 &&
    timeout 120 python3 evals/gpu/savings.py --base-url $URL --problems lab --limit 48 --max-tokens 640 --out $L/savings_lab.json > $L/savings_lab.log 2>&1
  kill -- -$(cat $L/lab_server.pid); sleep 3
  evals/gpu/hidden_states.sh /tmp/lab $L float32; date +"hidden states of the lab model %T"
  while [ ! -f /tmp/model/model.safetensors ]; do sleep 1; done
  evals/gpu/hidden_states.sh /tmp/model $L bfloat16 --problems $P/math500.jsonl; date +"hidden states of Qwen %T"
}

cores() { # step search, all strategies, the agent's task, by llama.cpp
  while [ ! -f /tmp/trained ]; do sleep 1; done
  for i in 0 1 2 3; do
    python3 -m evals.agent_task run --shard $i/4 --out $L/agent > $L/agent-$i.log 2>&1 &
  done
  python3 -m evals.tables.step_search --out $L/step_search --problems ${STEP_PROBLEMS:-96} --levels 2,3,4,5 --workers $((WORKERS / 2)) --threads 2 --seconds ${CPU_SECONDS:-700} > $L/step_search.log 2>&1 &
  python3 -m evals.tables.lab --out $L/lab --problems ${LAB_PROBLEMS:-120} --workers $((WORKERS / 2)) --threads 2 --seconds ${CPU_SECONDS:-700} > $L/lab.log 2>&1 &
  wait
}

up() { for i in $(seq 1 150); do curl -sf http://127.0.0.1:$1/health > /dev/null && return 0; sleep 1; done; echo "port $1 is not up"; tail -30 /tmp/vllm-$1.log; return 1; }

serve() { # GPU [flags]: Qwen on port 8000 + GPU
  CUDA_VISIBLE_DEVICES=$1 VLLM_CACHE_ROOT=/tmp/cache-$1 setsid nohup python3 -m vllm.entrypoints.cli.main serve /tmp/model --served-model-name m \
    --dtype bfloat16 --attention-backend FLASH_ATTN --max-model-len 4096 --gpu-memory-utilization 0.85 --port $((8000 + $1)) --max-num-seqs 1024 \
    -cc.mode=0 -cc.cudagraph_mode=FULL_DECODE_ONLY --enable-prompt-tokens-details "${@:2}" > /tmp/vllm-$((8000 + $1)).log 2>&1 < /dev/null &
}

keep() { mkdir -p "$OUT"; cp /tmp/vllm-*.log $L/ 2> /dev/null; tar -C /tmp -czf "$OUT/labout.tgz" labout; }

math() { # PORT SECONDS settings...   some settings of the MATH table, each port in a folder of its own
  timeout $(($2 + 20)) python3 evals/gpu/math_table.py --base-url http://127.0.0.1:$1/v1 --problems $P/math500.jsonl --out $L/math-$1 --seconds $2 --only "$3" > $L/math-$1.log 2>&1
}

case $STAGE in
  install)
    bash $P/setup.sh $P > $L/setup.log 2>&1; tail -2 $L/setup.log; (train > $L/train.log 2>&1 &)
    python3 evals/gpu/imports.py;;
  cpu) python3 -m pip install -q --no-index --no-deps --target /tmp/site $P/scipy*.whl $P/xllamacpp*.whl; (cores > /dev/null 2>&1 &);;
  model)
    cat $P/part.* > /tmp/model.gguf && rm $P/part.*; python3 $P/gguf2hf.py /tmp/model.gguf /tmp/model | tail -1
    serve 0; serve 1 --api-server-count 4; serve 2; for port in 8000 8001 8002; do up $port; done; cat $L/train.log | tail; keep;;
  tables)
    math 8000 ${T:-260} "tournament,st_bon_text,best_of_n n=8,self_evolution,deepconf offline" &
    math 8001 ${T:-260} "auto,seat,semantic,n=32" &
    (PARTS=latency URL=http://127.0.0.1:8002/v1 evals/gpu/tables.sh /tmp/model $P/math500.jsonl $L; math 8002 100 "genrm,deepconf online") > $L/port-8002.log 2>&1 &
    wait %1 %2 %3; keep; tail -n 3 $L/*.log;;
  rates) # the tables on the cores wait: rates of clients must not be disturbed
    pkill -STOP -f "evals.tables.[ls]"; pkill -STOP -f "evals.agent_tas[k]"
    PARTS="saturation steps" evals/gpu/tables.sh /tmp/model $P/math500.jsonl $L > $L/rates.log 2>&1
    tail -30 $L/rates.log; pkill -CONT -f "evals.tables.[ls]"; pkill -CONT -f "evals.agent_tas[k]"; keep;;
  collect) keep; tail -n 3 $L/*.log;;
esac
