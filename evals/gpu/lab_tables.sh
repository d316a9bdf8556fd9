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
for table in lab step_search; do
  timeout ${EACH:-150} python3 -m evals.tables.$table --backend "$URL#ttc-lab" --problems $COUNT --workers 8 --slots 64 --at-once 8 \
    --seconds $((${EACH:-150} - 60)) --out "$OUT/$table" ${TABLE} | tail -40
done
[ -n "$GROUP" ] && kill -TERM -- -$GROUP
