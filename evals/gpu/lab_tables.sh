#!/bin/bash
# usage: lab_tables.sh OUT [problems]   the laboratory model by vLLM: strategies, step search, savings, hidden states
export PYTHONPATH=/tmp/site:$PWD HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 VLLM_USE_FLASHINFER_SAMPLER=0 \
  VLLM_WORKER_MULTIPROC_METHOD=spawn
OUT=$1; COUNT=${2:-300}; KERNEL=${KERNEL:-TRITON_ATTN}; mkdir -p "$OUT" /dev/shm/hidden
if [ -z "$URL" ]; then # URL names a server that is up already: then hidden states are left out
  python3 -m evals.lab_model.to_hf /tmp/lab
  serve() { # PORT flags...
    local port=$1; shift
    VLLM_CACHE_ROOT=/tmp/cache-$port setsid nohup python3 -m vllm.entrypoints.cli.main serve /tmp/lab --served-model-name ttc-lab \
      --dtype ${DTYPE:-float32} --attention-backend $KERNEL --max-model-len 1024 --gpu-memory-utilization 0.3 --port $port \
      --max-num-seqs 1024 -cc.mode=0 --enable-prompt-tokens-details "$@" > /tmp/vllm-$port.log 2>&1 &
    PIDS="$PIDS $!"
  }
  serve 8001
  serve 8002 --enforce-eager --speculative-config '{"method":"extract_hidden_states","num_speculative_tokens":1,"draft_model_config":{"hf_config":{"eagle_aux_hidden_state_layer_ids":[0,1,2,3,4,5,6,7,8]}}}' \
    --kv-transfer-config '{"kv_connector":"ExampleHiddenStatesConnector","kv_role":"kv_producer","kv_connector_extra_config":{"shared_storage_path":"/dev/shm/hidden"}}'
  for port in 8001 8002; do
    for i in $(seq 1 90); do curl -sf http://127.0.0.1:$port/v1/models > /dev/null && break; sleep 2; done
  done
  timeout 60 python3 evals/gpu/hidden_states.py /tmp/lab --base-url http://127.0.0.1:8002/v1 --out "$OUT/hidden.json" || tail -15 /tmp/vllm-8002.log
  URL=http://127.0.0.1:8001/v1
fi
timeout ${EACH:-150} python3 evals/gpu/savings.py --base-url $URL --problems lab --max-tokens 400 --out "$OUT/lab_savings.json" ${SAVINGS}
timeout ${EACH:-150} python3 evals/tables/strategies.py --backend $URL --problems $COUNT --at-once 64 --out "$OUT/strategies" ${TABLE} | tail -40
timeout ${EACH:-150} python3 evals/tables/step_search.py --backend $URL --problems $COUNT --at-once 32 --out "$OUT/step_search" ${TABLE} | tail -40
for pid in $PIDS; do kill $pid; done
