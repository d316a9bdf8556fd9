#!/bin/bash
# usage: lab_tables.sh OUT [problems]   the laboratory model by vLLM: strategies, step search, savings, hidden states
export PYTHONPATH=/tmp/site:$PWD HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 VLLM_USE_FLASHINFER_SAMPLER=0 \
  VLLM_WORKER_MULTIPROC_METHOD=spawn
OUT=$1; COUNT=${2:-300}; mkdir -p "$OUT"
if [ -z "$URL" ]; then # URL names a server that is up already: then hidden states are left out
  python3 -m evals.lab_model.to_hf /tmp/lab
  evals/gpu/hidden_states.sh /tmp/lab "$OUT" ${DTYPE:-float32}
  SEQUENCES=1024 evals/gpu/lab_server.sh "$OUT" 8001; [ -f "$OUT/lab_server.pid" ] || exit 1
  GROUP=$(cat "$OUT/lab_server.pid"); URL=http://127.0.0.1:8001/v1
fi
timeout ${EACH:-150} python3 evals/gpu/savings.py --base-url $URL --problems lab --max-tokens 400 --out "$OUT/lab_savings.json" ${SAVINGS}
timeout ${EACH:-150} python3 evals/tables/strategies.py --backend $URL --problems $COUNT --at-once 64 --out "$OUT/strategies" ${TABLE} | tail -40
timeout ${EACH:-150} python3 evals/tables/step_search.py --backend $URL --problems $COUNT --at-once 32 --out "$OUT/step_search" ${TABLE} | tail -40
[ -n "$GROUP" ] && kill -TERM -- -$GROUP
