#!/bin/bash
# usage: lease.sh STAGE OUT   one lease of a host with four GPUs and 64 cores, in this order (README.md):
#   install, cpu, model, tables, rates, replicas, collect
# Parts lie in /tmp/parts. The last GPU belongs to the laboratory model, which is trained on, measured and served in the
# background from `install` on; from `cpu` on its tables run on the cores by llama.cpp. /tmp/labout has what they leave.
STAGE=$1; OUT=$2; P=/tmp/parts; L=/tmp/labout
[ "$STAGE" = install ] && mkdir -p /tmp/repo $L && cp -r ttc evals pyproject.toml /tmp/repo/ # the tree may be copied anew at each call
cd /tmp/repo || exit 1
export PYTHONPATH=/tmp/site:$PWD HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 \
  VLLM_USE_FLASHINFER_SAMPLER=0 VLLM_WORKER_MULTIPROC_METHOD=spawn TOKENIZERS_PARALLELISM=false
LAST=$(($(nvidia-smi -L | wc -l) - 1)); CORES=$(nproc)
WEIGHTS=ttc/lab/weights/ttc-lab.gguf

train() { # the judging stage once more, on the last GPU; then what ships, its measurement, and transformers' greedy tokens
  export CUDA_VISIBLE_DEVICES=$LAST
  T="python3 -m evals.lab_model.train --folder /tmp/run --seed 13 --start $WEIGHTS --round 0"
  $T --stage draw --problems 6000 && $T --stage judge --rounds 1 --seconds 90 --rate 8e-4 --compile &&
    python3 -m evals.lab_model.measure --folder /tmp/run --out $L --pack-only &&
    python3 -m evals.lab_model.to_gguf /tmp/run/weights.npz /tmp/new.gguf && mv /tmp/new.gguf $WEIGHTS && cp $WEIGHTS /tmp/run/log.jsonl $L/
  python3 -m evals.lab_model.to_hf /tmp/lab
  touch /tmp/trained; date +"trained %T"
  CUDA_VISIBLE_DEVICES= python3 -m evals.lab_model.engines /tmp/lab --truth $L/truth.json > $L/truth.log 2>&1 &
  python3 -m evals.lab_model.measure --gguf $WEIGHTS --out $L --workers 8
  date +"measured %T"; wait
  TRUTH=$L/truth.json evals/gpu/lab_server.sh $L 8010; date +"served %T"
  [ -f $L/lab_server.pid ] && URL=http://127.0.0.1:8010/v1 &&
    timeout 120 python3 evals/gpu/savings.py --base-url $URL --problems lab --limit 48 --max-tokens 640 --out $L/savings_lab.json > $L/savings_lab.log 2>&1
  kill -- -$(cat $L/lab_server.pid); sleep 3
  evals/gpu/hidden_states.sh /tmp/lab $L float32; date +"hidden states of the lab model %T"
  while [ ! -f /tmp/converted ]; do sleep 1; done
  evals/gpu/hidden_states.sh /tmp/model $L bfloat16 --problems $P/math500.jsonl; date +"hidden states of Qwen %T"
}

cores() { # the agent's task, ETS on development problems, step search, all other strategies, by llama.cpp
  while [ ! -f /tmp/trained ]; do sleep 1; done
  for i in $(seq 0 $((CORES / 8 - 1))); do
    nice python3 -m evals.agent_task run --shard $i/$((CORES / 8)) --threads 1 --out $L/agent > $L/agent-$i.log 2>&1 &
  done
  LIVE="nice python3 -m evals.tables.@ --threads 2 --levels 2,3,4,5 --hf /tmp/lab"
  ${LIVE/@/lab} --workers $((CORES / 8)) --at-once 4 --problems 64 --seconds 720 --only "$(votes)" --out $L/lab > $L/lab.log 2>&1 &
  ${LIVE/@/step_search} --workers $((CORES * 3 / 16)) --at-once 2 --problems 32 --seconds 100 --split dev --widths 16 --only "rebase,ets b" \
    --ets 1/0,1.1/0,1.25/0,1.5/0,1.5/0.5,3/1.4 --out $L/ets-dev > $L/ets-dev.log 2>&1
  ${LIVE/@/step_search} --workers $((CORES * 3 / 16)) --at-once 2 --problems 32 --seconds 600 --ets-from $L/ets-dev --out $L/step_search > $L/step_search.log 2>&1 &
  wait
}

votes() { # the settings of the table that are no step searches: those are runs of step_search
  python3 - << 'END'
from evals.tables.lab import cells
from evals.tables.step_search import parted
grown = {cell.name for n in (4, 16) for group in parted(n) for cell in group}
print(",".join(cell.name for group in cells() for cell in group if cell.name not in grown))
END
}

up() { for i in $(seq 1 150); do curl -sf http://127.0.0.1:$1/health > /dev/null && return 0; sleep 1; done; echo "port $1 is not up"; tail -30 /tmp/vllm-$1.log; return 1; }

serve() { # GPU [flags]: Qwen on port 8000 + GPU
  CUDA_VISIBLE_DEVICES=$1 VLLM_CACHE_ROOT=/tmp/cache-$1 setsid nohup python3 -m vllm.entrypoints.cli.main serve /tmp/model --served-model-name m \
    --dtype bfloat16 --attention-backend FLASH_ATTN --max-model-len 4096 --gpu-memory-utilization 0.85 --port $((8000 + $1)) --max-num-seqs 1024 \
    -cc.mode=0 -cc.cudagraph_mode=FULL_DECODE_ONLY --enable-prompt-tokens-details "${@:2}" > /tmp/vllm-$((8000 + $1)).log 2>&1 < /dev/null &
}

keep() { mkdir -p "$OUT"; cp /tmp/vllm-*.log $L/ 2> /dev/null; tar -C /tmp -czf "$OUT/labout.tgz" labout; }

behind() { # a stage that goes on when the call has ended; its process group is in /tmp/STAGE.pid
  setsid bash evals/gpu/lease.sh $1 "$OUT" > $L/$1.log 2>&1 < /dev/null &
  echo $! > /tmp/$1.pid
}

math() { # PORT SECONDS settings   some settings of the MATH table, each port in a folder of its own
  timeout $(($2 + 20)) python3 evals/gpu/math_table.py --base-url http://127.0.0.1:$1/v1 --problems $P/math500.jsonl --out $L/math-$1 --seconds $2 --only "$3" >> $L/math-$1.log 2>&1
}

parts() { PARTS=$1 URL=http://127.0.0.1:$2/v1 evals/gpu/tables.sh /tmp/model $P/math500.jsonl $L/$2 >> $L/parts-$2.log 2>&1; }

FIRST="self_consistency n=1,self_consistency n=4,self_consistency n=8,st_bon,tournament,n=8 self_verify,genrm"
SECOND="self_consistency n=32,auto,semantic,self_evolution,seat"
THIRD="deepconf online,n=16 self_verify,deepconf offline"

case $STAGE in
  install)
    bash $P/setup.sh $P > $L/setup.log 2>&1; tail -2 $L/setup.log; behind train
    python3 evals/gpu/imports.py;;
  cpu) python3 -m pip install -q --no-index --no-deps --target /tmp/site $P/xllamacpp*.whl; behind cores;;
  cores) cores;;
  train) train;;
  second) math 8001 420 "$SECOND"; parts steps 8001; touch /tmp/second;;
  third)
    parts latency 8002; math 8002 90 "$THIRD"; pkill -f "port 800[2]"; sleep 5
    CUDA_VISIBLE_DEVICES=2 IN_PROCESS="--order offline,ttc" parts in_process 8002;;
  model)
    cat $P/part.* > /tmp/model.gguf && rm $P/part.*; python3 $P/gguf2hf.py /tmp/model.gguf /tmp/model | tail -1; touch /tmp/converted
    serve 0; [ $LAST -ge 2 ] && serve 1 --api-server-count 4 && serve 2
    up 8000; [ $LAST -ge 2 ] && { up 8001; up 8002; }; tail $L/train.log; keep
    [ $LAST -ge 2 ] && behind second && behind third;;
  tables) if [ $LAST -ge 2 ]; then math 8000 ${T:-270} "$FIRST"; else math 8000 ${T:-400} "$FIRST,$SECOND"; fi; keep; tail -n 2 $L/*.log;;
  rates) # the tables on the cores wait: rates of clients must not be disturbed
    kill -STOP -- -$(cat /tmp/cores.pid)
    parts "saturation steps" 8000; tail -30 $L/parts-8000.log
    kill -CONT -- -$(cat /tmp/cores.pid); keep;;
  replicas)
    for i in $(seq 1 ${WAIT:-200}); do [ -f /tmp/second ] && break; sleep 1; done
    timeout 150 python3 evals/gpu/replicas.py --base-urls http://127.0.0.1:8000/v1,http://127.0.0.1:8001/v1 --problems $P/math500.jsonl --out $L/replicas.json > $L/replicas.log 2>&1
    tail -5 $L/replicas.log; keep;;
  collect) sleep ${WAIT:-0}; keep; tail -n 3 $L/*.log;;
esac
