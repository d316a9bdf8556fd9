#!/bin/bash
# usage: lease.sh STAGE OUT   the stages of one lease, in order: install lab scipy model votes rest collect (README.md)
# Parts lie in /tmp/parts. `lab` goes on in the background while the model's parts arrive; what it has is in /tmp/labout.
STAGE=$1; OUT=$2; P=/tmp/parts
[ "$STAGE" = install ] && mkdir -p /tmp/repo && cp -r ttc evals /tmp/repo/  # the tree may be copied anew at each call
cd /tmp/repo || exit 1
export PYTHONPATH=/tmp/site:$PWD HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 \
  VLLM_USE_FLASHINFER_SAMPLER=0 VLLM_WORKER_MULTIPROC_METHOD=spawn TOKENIZERS_PARALLELISM=false
LAB="--served-model-name ttc-lab --dtype ${DTYPE:-float32} --attention-backend ${KERNEL:-TRITON_ATTN} --max-model-len 1024 \
  --gpu-memory-utilization 0.1 --kv-cache-memory-bytes 5368709120 --max-num-seqs 512 -cc.mode=0 -cc.cudagraph_mode=FULL_DECODE_ONLY --enable-prompt-tokens-details"

up() { for i in $(seq 1 100); do curl -sf http://127.0.0.1:$1/v1/models > /dev/null && return 0; sleep 1; done; echo "port $1 is not up"; tail -30 /tmp/vllm-$1.log; return 1; }

steps() { # PORT WIDTHS PROBLEMS
  python3 evals/tables/step_search.py --backend http://127.0.0.1:$1/v1 --widths $2 --problems $3 --at-once 32 --max-tokens 640 \
    --out /tmp/labout/step_search_$2 > /tmp/labout/step_search_$2.log 2>&1
}

case $STAGE in
  install) bash $P/setup.sh $P > "$OUT/setup.log" 2>&1; tail -2 "$OUT/setup.log"; python3 evals/gpu/imports.py;;
  scipy) python3 -m pip install -q --no-index --no-deps --target /tmp/site $P/scipy*.whl; python3 evals/gpu/imports.py;;
  lab)
    mkdir -p /tmp/labout; python3 -m evals.lab_model.to_hf /tmp/lab > /tmp/labout/lab.log 2>&1
    for port in 8001 8002 8003 8004; do
      VLLM_CACHE_ROOT=/tmp/cache-$port setsid nohup python3 -m vllm.entrypoints.cli.main serve /tmp/lab --port $port $LAB > /tmp/vllm-$port.log 2>&1 &
    done
    python3 -m evals.lab_model.measure --gguf ttc/lab/weights/ttc-lab.gguf --out /tmp/labout --workers 4 > /tmp/labout/measure.log 2>&1 &
    { for port in 8001 8002 8003 8004; do up $port; done; date +%T; } > /tmp/labout/up.log 2>&1
    python3 -m evals.lab_model.engines /tmp/lab --truth $P/truth.json --url http://127.0.0.1:8001 --out /tmp/labout/engines.json > /tmp/labout/engines.log 2>&1
    (steps 8002 4 64; steps 8002 8 64) & (steps 8003 16 48) & (steps 8004 32 40) &
    python3 evals/gpu/savings.py --base-url http://127.0.0.1:8001/v1 --problems lab --limit 40 --max-tokens 640 --at-once 40 --out /tmp/labout/savings.json > /tmp/labout/savings.log 2>&1
    python3 evals/tables/strategies.py --backend http://127.0.0.1:8001/v1 --problems 60 --at-once 60 --max-tokens 640 --out /tmp/labout/strategies > /tmp/labout/strategies.log 2>&1
    wait;;
  model)
    cat $P/part.* > /tmp/model.gguf && rm $P/part.*; python3 $P/gguf2hf.py /tmp/model.gguf /tmp/model | tail -1
    bash $P/serve.sh /tmp/model m --gpu-memory-utilization 0.5 2>&1 | tail -5; cp -r /tmp/labout "$OUT/";;
  votes)
    pkill -f "tables/strategies.p[y]"; pkill -f "tables/step_searc[h]"; pkill -f "savings.p[y]"; pkill -f "serve /tmp/la[b]"; sleep 2; cp -r /tmp/labout "$OUT/"
    PARTS="saturation table summary" SATURATION="--limit 64" TABLE="$TABLE" evals/gpu/tables.sh /tmp/model $P/math500.jsonl "$OUT" ${SECONDS_OF_TABLE:-300}
    cp -r "$OUT/math" /tmp/math;;
  rest)
    PARTS="savings latency" SAVINGS="--limit 24 --at-once 24" LATENCY="--minutes 0.5 --problems 2 --budgets 4000,8000 --out $OUT" \
      evals/gpu/tables.sh /tmp/model $P/math500.jsonl "$OUT"
    pkill -f "serve /tmp/mode[l]"; sleep 4
    PARTS=in_process IN_PROCESS="--order offline,ttc" evals/gpu/tables.sh /tmp/model $P/math500.jsonl "$OUT";;
esac
