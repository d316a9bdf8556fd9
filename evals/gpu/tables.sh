#!/bin/bash
# usage: tables.sh MODEL_DIR PROBLEMS OUT [table seconds]   on the GPU host, with the server of MODEL_DIR up on port 8000.
# Every part has a time limit and leaves what it has; call it again to go on with the MATH table.
export PYTHONPATH=/tmp/site:$PWD HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 VLLM_USE_FLASHINFER_SAMPLER=0 \
  VLLM_WORKER_MULTIPROC_METHOD=spawn
MODEL=$1; PROBLEMS=$2; OUT=$3; SECONDS_OF_TABLE=${4:-300}; URL=${URL:-http://127.0.0.1:8000/v1}; mkdir -p "$OUT"
PARTS=${PARTS:-"saturation table savings latency summary"}
for part in $PARTS; do
  echo "== $part $(date +%T)"
  case $part in
    saturation) timeout 230 python3 evals/gpu/saturation.py --base-url $URL --problems "$PROBLEMS" --out "$OUT/saturation.json" ${SATURATION};;
    steps) timeout 230 python3 evals/gpu/saturation.py --base-url $URL --problems "$PROBLEMS" --pair plain stepwise --limit 64 \
             --out "$OUT/steps.json" ${STEPS};;
    table) timeout $((SECONDS_OF_TABLE + 30)) python3 evals/gpu/math_table.py --base-url $URL --problems "$PROBLEMS" --out "$OUT/math" \
             --seconds $SECONDS_OF_TABLE ${TABLE};;
    savings) timeout 200 python3 evals/gpu/savings.py --base-url $URL --problems "$PROBLEMS" --seconds 120 --out "$OUT/savings.json" ${SAVINGS};;
    latency) timeout 420 python3 -m evals.bench.predictions --name vllm_predictions --out "$OUT" --base-url $URL --set math500 \
               --data "$PROBLEMS" --budgets 1500,3000 --minutes 0.75 --seconds 320 ${LATENCY} > "$OUT/latency.log" 2>&1; tail -3 "$OUT/latency.log";;
    summary) python3 evals/gpu/summary.py "$OUT/math" --out "$OUT";;
    in_process) # stop the server first
      ENGINE='{"dtype": "bfloat16", "max_model_len": 4096, "max_num_seqs": 512, "gpu_memory_utilization": 0.85, "attention_backend": "FLASH_ATTN", "compilation_config": {"mode": 0, "cudagraph_mode": "FULL_DECODE_ONLY"}}'
      timeout ${EACH:-580} python3 evals/gpu/in_process.py "$MODEL" --problems "$PROBLEMS" --engine "${ENGINE_ARGS:-$ENGINE}" \
        --out "$OUT/in_process.json" ${IN_PROCESS} > "$OUT/in_process.log" 2>&1 || tail -5 "$OUT/in_process.log";;
  esac
done
