#!/bin/bash
# usage: lab_server.sh OUT [PORT]   ONE server of the laboratory model by vLLM: tries number formats and attention kernels in
# turn until one serves AND writes transformers' greedy tokens (SAME of 64 texts at least); that one stays up, its process
# group is in OUT/lab_server.pid. ALL=1 measures every one (the last of them stays up). Whole logs, and the tokens that
# differ, are kept in OUT. Run it while nothing else uses the GPU much: vLLM asks for --gpu-memory-utilization of the card to
# be free when it starts, also where --kv-cache-memory-bytes says what it takes (the default is .92).
OUT=$1; PORT=${2:-8001}; LAB=${LAB:-/tmp/lab}; HERE=$(dirname "$0"); mkdir -p "$OUT"
export PYTHONPATH=${SITE-/tmp/site:}$PWD PYTHON=${PYTHON:-python3} TRITON_F32_DEFAULT=ieee # else Triton multiplies float32 as TF32
TRUTH=${TRUTH:-$OUT/truth.json}; GRAPHS="-cc.mode=0 -cc.cudagraph_mode=FULL_DECODE_ONLY"; EAGER=--enforce-eager
COMMON="${CONTEXT:+--max-model-len $CONTEXT} --max-num-seqs ${SEQUENCES:-512} --enable-prompt-tokens-details
  ${MEMORY---gpu-memory-utilization 0.1 --kv-cache-memory-bytes 5368709120}"
rm -f "$OUT/lab_server.pid" "$OUT/lab_server.name"
"$PYTHON" -m evals.lab_model.to_hf "$LAB" || exit 1
[ -f "$TRUTH" ] || { "$PYTHON" -m evals.lab_model.engines "$LAB" --truth "$TRUTH" > "$OUT/truth.log" 2>&1 & } # while vLLM starts

attempt() { # NAME DTYPE flags...
  local name=$1 dtype=$2; shift 2
  [ -n "$GROUP" ] && { kill -TERM -- -$GROUP; sleep 4; GROUP=; rm -f "$OUT/lab_server.pid"; }
  echo "$(date +%T) $name: --dtype $dtype $*"
  GROUP=$("$HERE/server.sh" "$OUT/server-$name.log" "${LIMIT:-150}" "$PORT" "$LAB" ttc-lab --dtype $dtype "$@" $COMMON) || { GROUP=; return 1; }
  echo "$GROUP" > "$OUT/lab_server.pid"; echo "$name" > "$OUT/lab_server.name"
  wait
  timeout 200 "$PYTHON" -m evals.lab_model.engines "$LAB" --truth "$TRUTH" --url "http://127.0.0.1:$PORT" --dtype $dtype \
    --out "$OUT/engines-$name.json" 2> "$OUT/engines-$name.log" | cut -c1-200
  grep "of other weights" "$OUT/engines-$name.log" && exit 2
  "$PYTHON" - "$OUT/engines-$name.json" "${SAME:-56}" << 'END' && [ -z "$ALL" ]
import json, sys
sys.exit(json.load(open(sys.argv[1]))["same"] < int(sys.argv[2]))
END
}

# a setting of its own: TRY="mine float32 --attention-backend TRITON_ATTN --enforce-eager"
[ -n "$TRY" ] && { attempt $TRY; exit; }
attempt triton-float32 float32 --attention-backend TRITON_ATTN $GRAPHS ||
  attempt triton-float32-eager float32 --attention-backend TRITON_ATTN $EAGER ||
  VLLM_USE_V2_MODEL_RUNNER=0 attempt triton-float32-v1 float32 --attention-backend TRITON_ATTN $EAGER ||
  attempt flex-float32 float32 --attention-backend FLEX_ATTENTION $EAGER ||
  SAME=32 attempt triton-bfloat16 bfloat16 --attention-backend TRITON_ATTN $GRAPHS ||
  SAME=32 VLLM_USE_V2_MODEL_RUNNER=0 attempt flash-bfloat16-v1 bfloat16 --attention-backend FLASH_ATTN $GRAPHS ||
  SAME=32 attempt flash-bfloat16 bfloat16 --attention-backend FLASH_ATTN $GRAPHS
RIGHT=$?
if [ -n "$GROUP" ]; then echo "$(cat "$OUT/lab_server.name") serves on port $PORT (end it: kill -- -$GROUP)"; else echo "none serves"; exit 1; fi
[ -n "$ALL" ] || exit $RIGHT
